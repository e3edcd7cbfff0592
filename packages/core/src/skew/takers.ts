/**
 * The partitions among which a heavy key is divided, ascending: its home where it fits, else as few as it fits into.
 *
 * @param weight of the key
 * @param share what each partition is to have
 * @param loads what each has already
 */
export function takersOf(home: number, weight: number, share: number, loads: readonly number[]): number[] {
  const room = (p: number) => share - loads[p]!;
  if (room(home) >= weight) return [home];
  const byRoom = loads.map((_, p) => p).sort((a, b) => room(b) - room(a) || a - b);
  const takers: number[] = [];
  let rest = weight;
  for (const p of byRoom) {
    if (takers.length > 0 && (rest <= 0 || room(p) <= 0)) break;
    takers.push(p);
    rest -= Math.max(0, room(p));
  }
  return takers.sort((a, b) => a - b);
}
