import { average } from '../../data/aggregates/index.ts';
import { type AggregateStrategy, salted } from '../../plan/skew-option.ts';
import type { Operators } from './operators.ts';

/** What may be done about heavy keys where an aggregate can merge, by the name under which jobs of the suite ask for it. */
export const AGGREGATE_STRATEGIES: Readonly<Record<string, AggregateStrategy>> = {
  auto: 'auto',
  combine: 'combine',
  hash: 'hash',
  split: 'split',
  salted: salted(3),
};

/** Operators whose aggregate can merge, with a strategy. */
export function aggregateOperators(skew: AggregateStrategy): Operators {
  return {
    reduceByKey: ({ pairs }) => pairs.reduceByKey((a, b) => a + b, { skew }),
    countByValue: ({ pairs }) => pairs.map(([key]) => key).countByValue({ skew }),
    'aggregateByKey, accumulators that are no values': ({ pairs }) => pairs.aggregateByKey(average(), { skew }),
    combineByKey: ({ pairs }) =>
      pairs.combineByKey(
        (v): [number, number] => [v, 1],
        ([sum, n], v): [number, number] => [sum + v, n + 1],
        ([sum, n], [more, m]): [number, number] => [sum + more, n + m],
        { skew },
      ),
    'reduceByKey of tuples, where pairs lie there': ({ pairs }) =>
      pairs
        .map(([key, value]): [[string, number], number] => [[key, value % 3], value])
        .partitionBy({})
        .reduceByKey((a, b) => Math.max(a, b), { skew }),
    'in a transformation': ({ pairs }) =>
      pairs.transform((rdd) => rdd.reduceByKey((a, b) => a + b, { skew, numPartitions: 5 })),
  };
}
