import { expect, it } from 'vitest';
import type { State } from '../../state/state.ts';
import { inlineBackend } from '../../testing/inline-backend.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { runBatches } from '../../testing/run-batches.ts';
import { StateSpec } from '../state-spec.ts';
import { StreamingContext } from '../streaming-context.ts';
import { seconds, type Time } from '../time.ts';

type Pair = [string, number];
const BATCHES: Pair[][] = [
  [
    ['a', 1],
    ['b', 2],
  ],
  [
    ['a', 3],
    ['b', 4],
  ],
];

/** What times a function was called with, in two batches of two keys. */
async function timesOf(attach: (ssc: StreamingContext, hear: (time: Time) => void) => void): Promise<Time[]> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const heard: Time[] = [];
  attach(ssc, (time) => void heard.push(time));
  await ssc.start();
  await runBatches(ssc, clock, BATCHES.length);
  await ssc.stop();
  return heard;
}

const cases: [string, (ssc: StreamingContext, hear: (time: Time) => void) => void][] = [
  [
    'updateStateByKeyWithTime',
    (ssc, hear) =>
      ssc
        .queueStream(BATCHES.map((batch) => [...batch]))
        .updateStateByKeyWithTime<string, number, number>((time, _key, values, sum) => {
          hear(time);
          return (sum ?? 0) + values.length;
        })
        .foreachRDD(async (rdd) => void (await rdd.count())),
  ],
  [
    'mapWithState',
    (ssc, hear) =>
      ssc
        .queueStream(BATCHES.map((batch) => [...batch]))
        .mapWithState(
          StateSpec.function((time: Time, key: string, _n: number | null, _sum: State<number>) => {
            hear(time);
            return key;
          }),
        )
        .foreachRDD(async (rdd) => void (await rdd.count())),
  ],
];

it.each(cases)('%s has one Time for all records of a batch, and another for the next', async (_, attach) => {
  const times = await timesOf(attach);
  expect(times.map(({ milliseconds }) => milliseconds)).toEqual([1000, 1000, 2000, 2000]);
  expect(new Set(times).size).toBe(2);
});
