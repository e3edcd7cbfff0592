/**
 * Where an intake gets its records from. One pull is under way at a time.
 *
 * @example A puller of the numbers 0, 1, 2:
 * ```ts
 * let n = 0;
 * const puller: Puller<number> = {
 *   pull(push) {
 *     push(n++);
 *     return n < 3;
 *   },
 *   close() {},
 * };
 * ```
 */
export interface Puller<T> {
  /**
   * Gets some records and pushes them, in order. A puller that gets several at once may push more than `room`.
   *
   * @param room how many records are wanted, at least 1
   * @returns false at the end, else true; a promise of that where it has to wait
   * @throws what the source throws, or rejects with it; nothing is pulled after that
   */
  pull(push: (record: T) => void, room: number): boolean | Promise<boolean>;
  /** Lets go of the source; called once, also while a pull is under way, of which nothing is taken any more. */
  close(): void | Promise<void>;
}
