import { defineJob, type State, StateSpec, seconds } from '@millrace/core';

/** Counters in shared memory, so that a second attempt knows that it is one. */
export interface PerishableParams {
  readonly counters: SharedArrayBuffer;
  readonly how: 'exit' | 'memory' | 'throw' | 'none';
  /** The record whose task perishes. */
  readonly at: number;
  /** How often. */
  readonly times: number;
  readonly batches: readonly (readonly number[])[];
  readonly stateful: boolean;
  /** The state lies in the checkpoint's store, and one key of each partition in memory. */
  readonly stored?: boolean;
}

/** A job whose worker perishes at a record. */
export default defineJob({ name: 'perishable', batchInterval: seconds(1) }, (ssc, params: PerishableParams) => {
  const count = new Int32Array(params.counters);
  const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
  const numbers = ssc.queueStream<number>([...params.batches], { numPartitions: 2 }).map((n) => {
    seen.add(1);
    if (n === params.at && Atomics.add(count, 0, 1) < params.times) perish(params.how);
    return n;
  });
  const sums = numbers.map((n) => [n % 3, n]).reduceByKey((a, b) => a + b);
  if (params.stateful) {
    const spec = StateSpec.function((key: number, n: number | null, sum: State<number>) => {
      sum.update((sum.getOption() ?? 0) + (n ?? 0));
      return [key, sum.get()] as [number, number];
    });
    return { seen, out: sums.mapWithState(params.stored === true ? spec.stored({ cacheKeys: 1 }) : spec) };
  }
  return { seen, out: sums.groupByKeyAndWindow(seconds(2)).mapValues((v) => v.reduce((a, b) => a + b, 0)) };
});

function perish(how: PerishableParams['how']): void {
  if (how === 'exit') process.exit(7);
  if (how === 'throw') throw new RangeError('this record is bad');
  if (how === 'memory') {
    const hoard: string[] = [];
    for (let i = 0; ; i++) hoard.push(`${i}`.padEnd(1000, 'x'));
  }
}
