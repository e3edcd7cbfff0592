/** The k pairs with the largest numbers, in one pass; of equal numbers the larger key first. */
export function topOf(counts: ReadonlyMap<string, number>, k: number): [string, number][] {
  const top: [string, number][] = [];
  for (const [key, n] of counts) {
    const last = top.at(-1);
    if (top.length === k && last !== undefined && (n < last[1] || (n === last[1] && key < last[0]))) continue;
    let at = top.length;
    while (at > 0 && (top[at - 1]![1] < n || (top[at - 1]![1] === n && top[at - 1]![0] < key))) at--;
    top.splice(at, 0, [key, n]);
    if (top.length > k) top.pop();
  }
  return top;
}
