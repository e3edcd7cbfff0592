import { defineJob, type State, StateSpec, seconds } from '@millrace/core';

/** Attempts at the records that get stuck, by record, in shared memory; entry 0 grows when one has got stuck. */
export interface StuckParams {
  readonly counters: SharedArrayBuffer;
  /** `loop` never yields, `wait` waits for what never comes. */
  readonly how: 'loop' | 'wait';
  /** How many attempts at each record from 100 on get stuck. */
  readonly times: number;
  readonly stateful: boolean;
  readonly batches: readonly (readonly number[])[];
}

/** A job in which the first attempts at some records never end. */
export default defineJob({ name: 'stuck', batchInterval: seconds(1000) }, (ssc, params: StuckParams) => {
  const count = new Int32Array(params.counters);
  const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
  const getsStuck = (n: number) => {
    if (n < 100 || Atomics.add(count, n, 1) >= params.times) return false;
    Atomics.add(count, 0, 1);
    return true;
  };
  const input = ssc.queueStream<number>([...params.batches], { numPartitions: 4 });
  const numbers =
    params.how === 'loop'
      ? input.map(
          (n) => {
            seen.add(1);
            if (getsStuck(n)) for (;;);
            return n;
          },
          { name: 'numbers' },
        )
      : input.mapAsync(
          async (n) => {
            seen.add(1);
            if (getsStuck(n)) await new Promise(() => {});
            return n;
          },
          { name: 'numbers' },
        );
  const sums = numbers.map((n) => [n % 3, n]).reduceByKey((a, b) => a + b);
  if (!params.stateful) return { seen, numbers, out: sums };
  const spec = StateSpec.function((key: number, n: number | null, sum: State<number>) => {
    sum.update((sum.getOption() ?? 0) + (n ?? 0));
    return [key, sum.get()] as [number, number];
  });
  return { seen, numbers, out: sums.mapWithState(spec) };
});
