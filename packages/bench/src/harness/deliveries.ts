import type { BenchStreams } from './engine.ts';

/** What a batch delivered. */
export interface Delivered {
  /** Its records, or how many they are where the workload counts them. */
  readonly output: readonly unknown[] | number;
  /** When that was there. */
  readonly at: number;
}

/**
 * Brings a job's output to the bench, batch by batch.
 *
 * @returns takes what a batch delivered, by its time, when it is complete: an output that is not due has delivered nothing, just then
 */
export function deliveries(
  { output }: BenchStreams<unknown, unknown>,
  delivery: 'collect' | 'count',
  now: () => number,
): (batchTime: number) => Delivered {
  const delivered = new Map<number, Delivered>();
  output.foreachRDD(
    async (rdd, time) => {
      const output = delivery === 'count' ? await rdd.count() : await rdd.collect();
      delivered.set(time.milliseconds, { output, at: now() });
    },
    { name: 'deliver' },
  );
  return (batchTime) => {
    const found = delivered.get(batchTime) ?? { output: delivery === 'count' ? 0 : [], at: now() };
    delivered.delete(batchTime);
    return found;
  };
}
