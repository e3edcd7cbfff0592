import type { DStream } from '../api/dstream/dstream.ts';
import type { StreamingContext } from '../api/streaming-context.ts';
import type { ManualClock } from './manual-clock.ts';

/** What a stream gave at one batch time. */
export interface BatchOutput<T> {
  /** Batch time in ms. */
  readonly time: number;
  readonly records: readonly T[];
  /** How many partitions the batch had. */
  readonly numPartitions: number;
}

/**
 * Adds an output that collects a stream's batches. Batches without an output call (no batch, or a failed one) have no entry.
 *
 * @param name needed when the stream comes from a loaded job
 * @returns the list that fills as batches run
 * @example
 * ```ts
 * const out = collectOutputs(counts);
 * await ssc.start();
 * await runBatches(ssc, clock, 2);
 * out.map((b) => b.records);
 * ```
 */
export function collectOutputs<T>(stream: DStream<T>, name?: string): BatchOutput<T>[] {
  const outputs: BatchOutput<T>[] = [];
  stream.foreachRDD(
    async (rdd, time) => {
      const records = await rdd.collect();
      outputs.push({ time: time.milliseconds, records, numPartitions: rdd.numPartitions });
    },
    { name },
  );
  return outputs;
}

/** Moves the clock on by n batch intervals and waits after each until the context has nothing left to do. */
export async function runBatches(ssc: StreamingContext, clock: ManualClock, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    await clock.advance(ssc.batchDuration.milliseconds);
    await ssc.awaitIdle();
  }
}
