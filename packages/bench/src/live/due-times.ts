/** Records that are due in each interval, and when each of them is. Times in ms since the first is due. */
export class DueTimes {
  readonly #intervalMs: number;
  readonly #sizes: readonly number[];
  /** Records before each interval, and all of them. */
  readonly #before: readonly number[];

  /** @param sizes how many records are due in each interval, at even distances */
  constructor(intervalMs: number, sizes: readonly number[]) {
    this.#intervalMs = intervalMs;
    this.#sizes = sizes;
    const before = [0];
    for (const size of sizes) before.push((before.at(-1) as number) + size);
    this.#before = before;
  }

  get total(): number {
    return this.#before.at(-1) as number;
  }

  /** When the n-th record is due, n from 0 and below the total. */
  of(n: number): number {
    let low = 0;
    for (let high = this.#sizes.length - 1; low < high; ) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#before[middle] as number) <= n) low = middle;
      else high = middle - 1;
    }
    return (low + (n - (this.#before[low] as number)) / (this.#sizes[low] as number)) * this.#intervalMs;
  }

  /** How many records are due at a time. */
  until(ms: number): number {
    if (ms < 0) return 0;
    const interval = Math.floor(ms / this.#intervalMs);
    if (interval >= this.#sizes.length) return this.total;
    const share = ms / this.#intervalMs - interval;
    // One is due at the begin of each distance.
    return (
      (this.#before[interval] as number) +
      Math.min(this.#sizes[interval] as number, Math.floor(share * (this.#sizes[interval] as number)) + 1)
    );
  }
}
