import type { DStream } from '../../api/dstream/dstream.ts';
import type { StreamingContext } from '../../api/streaming-context.ts';
import { average, count, distinct, topK } from '../../data/aggregates/index.ts';
import { customPartitioner } from '../../data/partitioner.ts';
import { AGGREGATE_STRATEGIES, aggregateOperators } from './aggregate-operators.ts';
import { asyncOperators } from './async-operators.ts';
import { JOIN_STRATEGIES, joinOperators } from './join-operators.ts';
import { movedStateOperators } from './moved-state-operators.ts';
import { skewOperators } from './skew-operators.ts';
import { stateOperators } from './state-operators.ts';
import { windowOperators } from './window-operators.ts';

/** Pairs of the suite: values are no round numbers, so that sums show the order in which they were added. */
export type Sample = [key: string, value: number];

/** What an operator of the suite is made from. */
export interface OperatorInputs {
  readonly ssc: StreamingContext;
  readonly pairs: DStream<Sample>;
  readonly others: DStream<Sample>;
}

/** Builds one operator over the suite's inputs. */
export type OperatorBuilder = (inputs: OperatorInputs) => DStream<unknown>;

/** A group of operators by name; jobs name them in their params, because functions do not cross threads. */
export type Operators = Readonly<Record<string, OperatorBuilder>>;

const evenOdd = customPartitioner(2, (key) => String(key).length % 2, 'evenOdd');
const firstAndLast = (values: readonly number[]) => [values[0], values[values.length - 1]];

const elementOperators: Operators = {
  map: ({ pairs }) => pairs.map(([k, v]) => `${k}=${v}`),
  flatMap: ({ pairs }) => pairs.flatMap(([k, v]) => [k, v, k]),
  filter: ({ pairs }) => pairs.filter(([k]) => k !== 'b'),
  mapPartitions: ({ pairs }) => pairs.mapPartitions((records) => [[...records].length]),
  mapPartitionsWithIndex: ({ pairs }) =>
    pairs.mapPartitionsWithIndex((index, records) => [...records].map(([k]) => `${index}${k}`)),
  glom: ({ pairs }) => pairs.glom(),
  repartition: ({ pairs }) => pairs.repartition(4).glom(),
  union: ({ pairs, others }) => pairs.union(others),
  'ssc.union': ({ ssc, pairs, others }) => ssc.union([pairs, others, pairs]),
  reduce: ({ pairs }) => pairs.map(([, v]) => v).reduce((a, b) => a + b),
  count: ({ pairs }) => pairs.count(),
  countByValue: ({ pairs }) => pairs.map(([k]) => k).countByValue(),
  'aggregate, merged': ({ pairs }) => pairs.map(([, v]) => v).aggregate(average()),
  'aggregate, not merged': ({ pairs }) => pairs.map(([, v]) => v).aggregate({ ...average(), merge: undefined }),
  chain: ({ pairs }) =>
    pairs
      .map(([k, v]): Sample => [k + k, v])
      .filter(([, v]) => v > 0.15)
      .flatMap(([k, v]): Sample[] => [
        [k, v],
        [k[0], v],
      ])
      .mapValues((v) => v * 3),
};

const batchOperators: Operators = {
  transform: ({ pairs }) => pairs.transform((rdd, time) => rdd.map(([k]) => `${k}@${time.milliseconds}`)),
  'transform, sortBy': ({ pairs }) => pairs.transform((rdd) => rdd.sortBy(([, v]) => v, { ascending: false })),
  'transform, sortByKey in two ranges': ({ pairs }) =>
    pairs.transform((rdd) => rdd.sortByKey({ numPartitions: 2 })).glom(),
  'transform, zipWithIndex': ({ pairs }) => pairs.transform((rdd) => rdd.zipWithIndex()),
  'transform, sample': ({ pairs }) => pairs.transform((rdd) => rdd.sample(false, 0.5)),
  'transform, sample with replacement': ({ pairs }) => pairs.transform((rdd) => rdd.sample(true, 1.5)),
  'transform, join of parallelize': ({ ssc, pairs }) =>
    pairs.transform((rdd) =>
      rdd.join(
        ssc.parallelize<[string, string]>([
          ['a', 'first'],
          ['c', 'third'],
        ]),
      ),
    ),
  'transform, distinct and subtract': ({ ssc, pairs }) =>
    pairs.transform((rdd) =>
      rdd
        .keys()
        .distinct()
        .subtract(ssc.parallelize(['b'])),
    ),
  'transform, cartesian': ({ ssc, pairs }) => pairs.transform((rdd) => rdd.cartesian(ssc.parallelize([1, 2]))),
  'transform, coalesce': ({ pairs }) => pairs.transform((rdd) => rdd.coalesce(2)).glom(),
  transformWith: ({ pairs, others }) => pairs.transformWith(others, (a, b) => a.union(b).keys()),
  'ssc.transform': ({ ssc, pairs, others }) => ssc.transform([pairs, others], ([a, b]) => b.union(a)),
};

const pairOperators: Operators = {
  reduceByKey: ({ pairs }) => pairs.reduceByKey((a, b) => a + b),
  'reduceByKey, numPartitions': ({ pairs }) => pairs.reduceByKey((a, b) => a + b, { numPartitions: 5 }).glom(),
  'reduceByKey, partitioner': ({ pairs }) => pairs.reduceByKey((a, b) => a + b, { partitioner: evenOdd }).glom(),
  saltedReduceByKey: ({ pairs }) =>
    pairs.mapValues((v) => Math.round(v * 10) % 1000).saltedReduceByKey((a, b) => a + b, 4),
  groupByKey: ({ pairs }) => pairs.groupByKey(),
  combineByKey: ({ pairs }) =>
    pairs.combineByKey(
      (v) => [v],
      (c, v) => [...c, v],
      (a, b) => [...a, ...b],
    ),
  'combineByKey, values moved': ({ pairs }) =>
    pairs.combineByKey(
      (v) => [v],
      (c, v) => [...c, v],
      (a, b) => [...a, ...b],
      { mapSideCombine: false },
    ),
  'aggregateByKey, average': ({ pairs }) => pairs.aggregateByKey(average()),
  'aggregateByKey, topK': ({ pairs }) => pairs.aggregateByKey(topK<number>(2)),
  'aggregateByKey, distinct': ({ pairs }) => pairs.aggregateByKey(distinct<number>()),
  'aggregateByKey, not merged': ({ pairs }) => pairs.aggregateByKey({ ...count(), merge: undefined }),
  mapValues: ({ pairs }) => pairs.mapValues((v) => v + 1),
  flatMapValues: ({ pairs }) => pairs.flatMapValues((v) => [v, -v]),
  partitionBy: ({ pairs }) => pairs.partitionBy({ numPartitions: 4 }).glom(),
  'partitionBy, partitioner': ({ pairs }) => pairs.partitionBy({ partitioner: evenOdd }).glom(),
  cogroup: ({ pairs, others }) => pairs.cogroup(others),
  join: ({ pairs, others }) => pairs.join(others),
  leftOuterJoin: ({ pairs, others }) => pairs.leftOuterJoin(others),
  rightOuterJoin: ({ pairs, others }) => pairs.rightOuterJoin(others),
  fullOuterJoin: ({ pairs, others }) => pairs.fullOuterJoin(others),
  joinBroadcast: ({ ssc, pairs }) =>
    pairs.joinBroadcast(
      ssc.broadcast(
        'table',
        () =>
          new Map([
            ['a', 'A'],
            ['c', 'C'],
          ]),
      ),
    ),
  leftOuterJoinBroadcast: ({ ssc, pairs }) =>
    pairs.leftOuterJoinBroadcast(ssc.broadcast('table', () => new Map([['a', 'A']]))),
};

const keyOperators: Operators = {
  'reduceByKey of tuples': ({ pairs }) =>
    pairs.map(([k, v]): [[string, number], number] => [[k, 1], v]).reduceByKey((a, b) => a + b),
  'groupByKey of objects': ({ pairs }) => pairs.map(([k, v]): [{ k: string }, number] => [{ k }, v]).groupByKey(),
  'countByValue of objects': ({ pairs }) => pairs.map(([k]) => ({ id: [k, null], on: new Date(5) })).countByValue(),
  'join of tuples': ({ pairs, others }) =>
    pairs.map(([k, v]): [unknown[], number] => [[k], v]).join(others.map(([k, v]): [unknown[], number] => [[k], v])),
  'numbers, null and text that look alike': ({ pairs }) =>
    pairs
      .flatMap(([, v]): [unknown, number][] => [
        [1, v],
        ['1', v],
        [null, v],
        [true, v],
        ['', v],
      ])
      .reduceByKey((a, b) => a + b),
  'updateStateByKey of tuples': ({ pairs }) =>
    pairs
      .map(([k, v]): [[string, number], number] => [[k, 1], v])
      .updateStateByKey<[string, number], number, number>((values, sum) => values.reduce((a, b) => a + b, sum ?? 0)),
  'values of all kinds': ({ pairs }) =>
    pairs
      .map(([k, v]): [string, unknown] => [
        k,
        { v, bytes: new Uint8Array([1, 2]), at: new Date(7), none: null, set: new Set([1]), big: 10n },
      ])
      .groupByKey(),
  'first and last value': ({ pairs }) => pairs.groupByKey().mapValues(firstAndLast),
};

/** All operators by group. */
export const operatorGroups: Readonly<Record<string, Operators>> = {
  'element operators': elementOperators,
  'operators on batches': batchOperators,
  'pair operators': pairOperators,
  'keys compare by value': keyOperators,
  'operators that wait': asyncOperators,
  windows: windowOperators,
  state: stateOperators,
  ...Object.fromEntries(
    Object.entries(JOIN_STRATEGIES).map(([name, strategy]) => [`join: ${name}`, joinOperators(strategy)]),
  ),
  'moved: auto': movedStateOperators('auto'),
  'moved: hash': movedStateOperators('hash'),
  'skew: auto': skewOperators('auto'),
  'skew: split': skewOperators('split'),
  'skew: hash': skewOperators('hash'),
  ...Object.fromEntries(
    Object.entries(AGGREGATE_STRATEGIES).map(([name, strategy]) => [
      `aggregate: ${name}`,
      aggregateOperators(strategy),
    ]),
  ),
};
