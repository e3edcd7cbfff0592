export function words(counts: [string, number][]): string {
  return counts
    .map(([word, count]) => `${word}=${count}`)
    .sort()
    .join(' ');
}
