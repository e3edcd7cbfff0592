import { average } from '../../data/aggregates/index.ts';
import type { SkewStrategy } from '../../plan/skew-option.ts';
import type { Operators } from './operators.ts';

/** Operators that can split heavy keys, with a strategy. */
export function skewOperators(skew: SkewStrategy): Operators {
  return {
    groupByKey: ({ pairs }) => pairs.groupByKey({ skew }),
    'groupByKey, used by its partitioning': ({ pairs }) =>
      pairs
        .groupByKey({ skew })
        .mapValues((values) => values.length)
        .reduceByKey((a, b) => a + b),
    'groupByKey of tuples': ({ pairs }) =>
      pairs.map(([key, value]): [[string, number], number] => [[key, value % 2], value]).groupByKey({ skew }),
    'combineByKey, values moved': ({ pairs }) =>
      pairs.combineByKey(
        (v) => [v],
        (c, v) => [...c.slice(-5), v],
        (a, b) => [...a, ...b],
        { mapSideCombine: false, skew },
      ),
    'aggregateByKey, not merged': ({ pairs }) => pairs.aggregateByKey({ ...average(), merge: undefined }, { skew }),
    cogroup: ({ pairs, others }) => pairs.cogroup(others, { skew }),
    'cogroup with what lies there': ({ pairs, others }) =>
      pairs.cogroup(
        others.reduceByKey((a, b) => a + b),
        { skew },
      ),
    join: ({ pairs, others }) => pairs.join(others, { skew }),
    leftOuterJoin: ({ pairs, others }) => pairs.leftOuterJoin(others, { skew }),
    rightOuterJoin: ({ pairs, others }) => pairs.rightOuterJoin(others, { skew }),
    fullOuterJoin: ({ pairs, others }) => pairs.fullOuterJoin(others, { skew }),
    'join, and an operator by key': ({ pairs, others }) =>
      pairs
        .join(others, { skew })
        .mapValues(([a, b]) => a + b)
        .reduceByKey((a, b) => Math.max(a, b)),
    'join with what lies there': ({ pairs, others }) =>
      pairs.join(
        others.reduceByKey((a, b) => a + b),
        { skew },
      ),
    'in a transformation': ({ pairs }) =>
      pairs.transform((rdd) => rdd.groupByKey({ skew, numPartitions: 5 }).mapValues((values) => values.slice(0, 3))),
  };
}
