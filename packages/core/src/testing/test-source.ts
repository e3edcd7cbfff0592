import type { SourceBatch } from '../api/input-dstream.ts';
import { InputDStream, splitRecords } from '../api/input-dstream.ts';
import type { Named } from '../api/options.ts';
import type { StreamingContext } from '../api/streaming-context.ts';
import type { Time } from '../api/time.ts';

/** Options of `TestSource`. */
export interface TestSourceOptions extends Named {
  /** Partitions of each batch: record range of partition p is [floor(p·n/P), floor((p+1)·n/P)). 1 unless given; 0 is fine. */
  readonly numPartitions?: number;
}

/**
 * A source with its batches given beforehand: `batches[i]` belongs to the i-th batch time after the start. `null` is NO
 * batch, which is something else than an empty one; beyond the end of the list all batches are empty. Fit for job modules:
 * all it needs is data.
 *
 * @example
 * ```ts
 * const words = new TestSource(ssc, [['a', 'b'], null, ['c']]);
 * ```
 */
export class TestSource<T> extends InputDStream<T> {
  readonly #batches: readonly (readonly T[] | null)[];
  readonly #numPartitions: number;

  constructor(context: StreamingContext, batches: readonly (readonly T[] | null)[], options: TestSourceOptions = {}) {
    const { numPartitions = 1, ...named } = options;
    super(context, named);
    this.#batches = batches;
    this.#numPartitions = numPartitions;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  /** The batch by its time, not by how often it was asked for: `slice` may ask for times that were not run. */
  override compute(time: Time): SourceBatch | null {
    const zero = this.context.run?.planner.zeroTime ?? 0;
    const batch = this.#batches[(time.milliseconds - zero) / this.context.batchDuration.milliseconds - 1];
    if (batch === null) return null;
    return { partitions: this.#numPartitions === 0 ? [] : splitRecords(batch ?? [], this.#numPartitions) };
  }
}
