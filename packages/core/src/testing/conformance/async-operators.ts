import { using } from '../../api/using.ts';
import type { OperatorBuilder, Operators } from './operators.ts';

/** Waits longer for some than for others, without a clock: calls end in another order than they began. */
async function unevenly(key: string, value: number): Promise<void> {
  for (let turns = (key.charCodeAt(0) * 7 + Math.round(value * 10)) % 5; turns > 0; turns--) await null;
}

const twice: OperatorBuilder = ({ pairs }) =>
  pairs
    .mapAsync(async ([k, v]): Promise<[string, number]> => {
      await unevenly(k, v);
      return [k, v * 2];
    })
    .reduceByKey((a, b) => a + b);

/** Operators whose functions wait. */
export const asyncOperators: Operators = {
  mapAsync: twice,
  'mapAsync, one at a time': ({ pairs }) => pairs.mapAsync(async ([k]) => k, { concurrency: 1 }),
  'mapAsync of a function that does not wait': ({ pairs }) => pairs.mapAsync(([k, v]) => `${k}${v}`),
  'mapAsync with a client': ({ pairs }) =>
    pairs.mapAsync(async ([k], { client }) => client.get(k) ?? '?', {
      using: using(() => new Map([['a', 'A']])),
    }),
  'mapAsync, unordered, then sorted': ({ pairs }) =>
    pairs
      .mapAsync(
        async ([k, v]) => {
          await unevenly(k, v);
          return `${k}${v}`;
        },
        { ordered: false },
      )
      .transform((rdd) => rdd.sortBy((text) => text, { numPartitions: 1 })),
  filterAsync: ({ pairs }) =>
    pairs.filterAsync(async ([k, v]) => {
      await unevenly(k, v);
      return v > 0.15;
    }),
  'filterAsync keeps keys where they are': ({ pairs }) =>
    pairs
      .groupByKey()
      .filterAsync(async ([k]) => k !== 'b')
      .groupByKey(),
  'transform, mapAsync and filterAsync': ({ pairs }) =>
    pairs.transform((rdd, time) =>
      rdd.filterAsync(async ([k]) => k !== 'b').mapAsync(async ([k]) => `${k}@${time.milliseconds}`),
    ),
};
