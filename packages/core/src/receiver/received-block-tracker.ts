/**
 * Which received blocks belong to which batch: all that wait, of all streams, go to the next batch that asks (R85). Once
 * a batch has its blocks they never change, so that running it again gives the same result. It keeps nothing beyond the process:
 * blocks are in the log before they come here, and a batch's are in the checkpoint before it runs (R137).
 *
 * Spark's ReceivedBlockTracker.
 *
 * @example
 * ```ts
 * const tracker = new ReceivedBlockTracker<string>([0]);
 * tracker.add(0, 'b1');
 * tracker.allocate(1000);
 * tracker.blocksOf(1000, 0); // ['b1']
 * tracker.hasUnallocated(); // false
 * ```
 */
export class ReceivedBlockTracker<B> {
  readonly #waiting: Map<number, B[]>;
  readonly #allocated = new Map<number, ReadonlyMap<number, readonly B[]>>();
  #lastBatch = Number.NEGATIVE_INFINITY;

  constructor(streamIds: readonly number[]) {
    this.#waiting = new Map(streamIds.map((id) => [id, []]));
  }

  /** A block is there. */
  add(stream: number, block: B): void {
    this.#blocks(stream).push(block);
  }

  /**
   * Gives a batch all blocks that wait. A batch that has its blocks, and one before the last that got some, changes nothing.
   * @param take how many of the blocks that wait for a stream it may have, where that is not all of them
   */
  allocate(batch: number, take: (stream: number, waiting: readonly B[]) => number = (_, { length }) => length): void {
    if (batch <= this.#lastBatch) return;
    const blocks = new Map(
      [...this.#waiting].map(([stream, waiting]) => [stream, waiting.slice(0, take(stream, waiting)) as readonly B[]]),
    );
    this.#lastBatch = batch;
    this.#allocated.set(batch, blocks);
    for (const [stream, waiting] of this.#waiting)
      this.#waiting.set(stream, waiting.slice((blocks.get(stream) as readonly B[]).length));
  }

  /** Sets the blocks of a stream in a batch of an earlier run. */
  restore(batch: number, stream: number, blocks: readonly B[]): void {
    const known = this.#allocated.get(batch);
    this.#allocated.set(batch, new Map([...(known ?? []), [stream, blocks]]));
    this.#lastBatch = Math.max(this.#lastBatch, batch);
  }

  /** The blocks of a stream in a batch; none if the batch got none. */
  blocksOf(batch: number, stream: number): readonly B[] {
    return this.#allocated.get(batch)?.get(stream) ?? [];
  }

  /** The blocks of a batch by stream. */
  blocksOfBatch(batch: number): ReadonlyMap<number, readonly B[]> {
    return this.#allocated.get(batch) ?? new Map();
  }

  /** The blocks of a stream that wait for a batch. */
  unallocated(stream: number): readonly B[] {
    return this.#blocks(stream);
  }

  hasUnallocated(stream?: number): boolean {
    if (stream !== undefined) return this.#blocks(stream).length > 0;
    return [...this.#waiting.values()].some((blocks) => blocks.length > 0);
  }

  /** Forgets the blocks of batches up to a time (R55: of batches that have completed). */
  cleanup(upTo: number): void {
    for (const batch of this.#allocated.keys()) if (batch <= upTo) this.#allocated.delete(batch);
  }

  #blocks(stream: number): B[] {
    let blocks = this.#waiting.get(stream);
    if (blocks === undefined) {
      blocks = [];
      this.#waiting.set(stream, blocks);
    }
    return blocks;
  }
}
