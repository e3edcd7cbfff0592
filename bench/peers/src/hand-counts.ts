/** Counts words into a Map, by hand. */
export function countWords(counts: Map<string, number>, words: readonly string[]): Map<string, number> {
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Adds words that are counted already, by hand. */
export function addCounts(
  counts: Map<string, number>,
  more: Iterable<readonly [word: string, count: number]>,
): Map<string, number> {
  for (const [word, n] of more) counts.set(word, (counts.get(word) ?? 0) + n);
  return counts;
}
