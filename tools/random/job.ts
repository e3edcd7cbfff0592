// biome-ignore-all lint/suspicious/noExplicitAny: streams of random types go through one builder
import {
  type Aggregate,
  approximateDistinct,
  average,
  type Broadcast,
  count,
  customPartitioner,
  type DStream,
  defineAggregate,
  defineJob,
  distinct,
  fromReduce,
  InputDStream,
  type KeyOptions,
  linesBlock,
  type MapWithStateDStream,
  minMax,
  type RDD,
  type SourceBatch,
  type State,
  StateSpec,
  type StreamingContext,
  seconds,
  sum,
  type Time,
  topK,
} from '@millrace/core';
import {
  choosePartition,
  combiners,
  filters,
  flatMaps,
  keyers,
  maps,
  pairFilters,
  reducers,
  sortList,
  sortLists,
  stateMappers,
  tables,
  updaters,
  weight,
} from './functions.ts';
import type { Node, Part, Program, Source, SourceKind } from './program.ts';

type Stream = DStream<any>;

/** The one job of all random programs: builds the streams that its params describe, sources first. */
export default defineJob({ name: 'random', batchInterval: seconds(1) }, (ssc, program: Program): Stream[] =>
  buildStreams(
    ssc,
    program,
    program.sources.map((source, i) => new RandomSource(ssc, source, `source${i}`)),
  ),
);

/** The streams of a program over its sources. */
export function buildStreams(ssc: StreamingContext, program: Program, sources: readonly Stream[]): Stream[] {
  const streams: Stream[] = [...sources];
  for (const [i, node] of program.nodes.entries()) {
    const inputs = node.in.map((j) => streams[j]);
    streams.push(build(ssc, node, inputs, `n${streams.length}`, i));
  }
  for (const i of program.persist) streams[i].persist();
  return streams;
}

/** Batches by their time, over and over the same. */
export class RandomSource extends InputDStream<any> {
  readonly #source: Source;

  constructor(context: StreamingContext, source: Source, name: string) {
    super(
      context,
      source.kind === 'range' ? { name, read: ({ records }: { records: readonly unknown[] }) => records } : { name },
    );
    this.#source = source;
  }

  compute(time: Time): SourceBatch | null {
    const { batches, kind, partitions: n, bare } = this.#source;
    const batch = batches[time.milliseconds / 1000 - 1];
    if (batch === null) return null;
    const records = batch ?? [];
    if (bare && records.length === 0) return { partitions: [] };
    const slices = Array.from({ length: n }, (_, p) =>
      records.slice(Math.floor((p * records.length) / n), Math.floor(((p + 1) * records.length) / n)),
    );
    return sourceBatch(kind, slices);
  }
}

/** Partitions in the form that a source gives them. */
export function sourceBatch(kind: SourceKind, slices: readonly (readonly unknown[])[]): SourceBatch {
  switch (kind) {
    case 'live':
      return { partitions: slices.map((slice) => ({ kind, records: slice })) };
    case 'range':
      return { partitions: slices.map((slice) => ({ kind, range: { records: slice } })) };
    case 'blocks':
      return { partitions: slices.map((slice) => ({ kind, blocks: slice.map((line) => linesBlock(`${line}\n`)) })) };
  }
}

const layout = (part: Part | undefined): KeyOptions => {
  if (!part) return {};
  const { n, custom } = part;
  return custom
    ? { partitioner: customPartitioner(n, (key) => choosePartition(key, n), 'byWeight') }
    : { numPartitions: n };
};

const listed = defineAggregate<unknown, unknown[], unknown[]>({
  name: 'listed',
  create: () => [],
  add(acc, value) {
    acc.push(value);
    return acc;
  },
  merge(a, b) {
    a.push(...b);
    return a;
  },
  finish: (acc) => [...acc],
});

const aggregates: Record<string, () => Aggregate<any, any, any>> = {
  count,
  sum,
  average,
  minMax,
  topK: () => topK(2),
  topKBy: () => topK<any>(3, { by: (x) => weight(x) % 3 }),
  distinct,
  approximateDistinct: () => approximateDistinct({ precision: 12 }),
  fromMax: () => fromReduce<number>((a, b) => Math.max(a, b)),
  fromSum: () =>
    fromReduce<number>(
      (a, b) => a + b,
      (a, b) => a - b,
    ),
  listed: () => listed,
};

function aggregateOf({ fn, cut }: Node): Aggregate<any, any, any> {
  const whole = aggregates[fn as string]();
  if (cut === 'merge') return { ...whole, merge: undefined, subtract: undefined };
  return cut === 'subtract' ? { ...whole, subtract: undefined } : whole;
}

function build(ssc: StreamingContext, node: Node, inputs: readonly Stream[], name: string, index: number): Stream {
  const [a, b] = inputs;
  const fn = node.fn ?? '';
  const by: KeyOptions = { ...layout(node.part), name };
  const { name: _, ...unnamed } = by;
  const w = seconds(node.w ?? 1);
  const s = seconds(node.s ?? 1);
  /** Sorts lists behind an operator that was asked to. */
  const settle = (stream: Stream, sort = sortList): Stream => (node.sorted === true ? stream.mapValues(sort) : stream);
  switch (node.op) {
    case 'map':
      return a.map(maps[fn].fn, { name });
    case 'mapAsync':
      return a.mapAsync(unevenly(maps[fn].fn), { name, concurrency: 3 });
    case 'filterAsync':
      return a.filterAsync(unevenly(filters[fn]), { name, concurrency: 3 });
    case 'mapValues':
      return a.mapValues(maps[fn].fn, { name });
    case 'filter':
      return a.filter(filters[fn], { name });
    case 'flatMap':
      return a.flatMap(flatMaps[fn].fn, { name });
    case 'flatMapValues':
      return a.flatMapValues(flatMaps[fn].fn, { name });
    case 'mapPartitions':
      return mapPartitions(a, fn, node.flag === true, name);
    case 'glom':
      return a.glom({ name });
    case 'repartition':
      return a.repartition(node.n as number, { name });
    case 'union':
      if (node.flag === true || inputs.length > 2) return ssc.union([...inputs], { name });
      return a.union(b, { name });
    case 'reduce':
      return a.reduce(reducers[fn].fn, { name });
    case 'count':
      return a.count({ name });
    case 'countByValue':
      return a.countByValue(by);
    case 'aggregate':
      return a.aggregate(aggregateOf(node), { name });
    case 'reduceByKey':
      return a.reduceByKey(reducers[fn].fn, by);
    case 'groupByKey':
      return settle(a.groupByKey(by));
    case 'combineByKey': {
      const { create, add, merge } = combiners[fn];
      return settle(a.combineByKey(create, add, merge, { ...by, mapSideCombine: node.flag === true }));
    }
    case 'aggregateByKey':
      return settle(a.aggregateByKey(aggregateOf(node), by));
    case 'partitionBy':
      return a.partitionBy(by);
    case 'cogroup':
      return settle(a.cogroup(b, by), sortLists);
    case 'join':
      if (fn === 'inner') return a.join(b, by);
      if (fn === 'left') return a.leftOuterJoin(b, by);
      return fn === 'right' ? a.rightOuterJoin(b, by) : a.fullOuterJoin(b, by);
    case 'joinBroadcast': {
      const table = tableOf(ssc, fn, `table${index}`);
      return node.flag === true ? a.leftOuterJoinBroadcast(table, { name }) : a.joinBroadcast(table, { name });
    }
    case 'transform':
      return a.transform((rdd, time) => transformed(ssc, rdd, time, node), { name });
    case 'transformWith':
      if (fn === 'third') return ssc.transform([...inputs], ([x, y, z]) => z.union(x, y) as RDD<any>, { name });
      return a.transformWith(b, (x, y) => met(x, y, node), { name });
    case 'window':
      return a.window(w, s, { name });
    case 'reduceByWindow': {
      const { fn: reduce, inverse } = reducers[fn];
      return a.reduceByWindow(reduce, w, s, node.inverse === true ? { name, inverse } : { name });
    }
    case 'countByWindow':
      return a.countByWindow(w, s, { name });
    case 'countByValueAndWindow':
      return a.countByValueAndWindow(w, s, by);
    case 'groupByKeyAndWindow':
      return settle(a.groupByKeyAndWindow(w, s, by));
    case 'reduceByKeyAndWindow': {
      const { fn: reduce, inverse } = reducers[fn];
      if (node.inverse !== true || inverse === undefined) return a.reduceByKeyAndWindow(reduce, w, s, by);
      const filter = node.filter ? { filter: pairFilters[node.filter] } : {};
      return a.reduceByKeyAndWindow(reduce, w, s, { ...by, inverse, ...filter });
    }
    case 'aggregateByKeyAndWindow':
      return settle(a.aggregateByKeyAndWindow(aggregateOf(node), w, s, by));
    case 'dedupe':
      return a.dedupe(keyers[fn].fn, { ...by, ttl: seconds(node.timeout as number) });
    case 'updateStateByKey':
      return updating(a, node, by);
    case 'mapWithState':
      return mapping(a, node, unnamed, name);
    case 'stateSnapshots':
      return (a as MapWithStateDStream<any, any, any>).stateSnapshots({ name });
  }
  throw new TypeError(`the job knows no ${node.op}`);
}

function mapPartitions(a: Stream, fn: string, keeps: boolean, name: string): Stream {
  switch (fn) {
    case 'each':
      return a.mapPartitions(
        function* (records) {
          for (const record of records) yield weight(record);
        },
        { name },
      );
    case 'keep':
      return a.mapPartitions((records) => [...records], { name, preservesPartitioning: keeps });
    case 'reverse':
      return a.mapPartitions((records) => [...records].reverse(), { name });
    case 'count':
      return a.mapPartitions((records) => [[...records].length], { name });
    case 'first':
      return a.mapPartitions((records) => records.take(1), { name });
    default:
      return a.mapPartitionsWithIndex((index, records) => records.map((record) => [index, record]), { name });
  }
}

function tableOf(ssc: StreamingContext, fn: string, name: string): Broadcast<any> {
  const { shape, rows } = tables[fn];
  return ssc.broadcast<any>(name, () =>
    shape === 'map' ? new Map(rows) : shape === 'object' ? Object.fromEntries(rows) : rows,
  );
}

function transformed(ssc: StreamingContext, rdd: RDD<any>, time: Time, node: Node): RDD<any> {
  const { n = 1, rows = [], flag = false } = node;
  switch (node.fn) {
    case 'sortSelf':
      return rdd.sortBy((x) => x, { ascending: flag, numPartitions: n });
    case 'sortWeight':
      return rdd.sortBy((x) => weight(x) % 5, { ascending: flag });
    case 'sortByKey':
      return rdd.sortByKey({ ascending: flag, numPartitions: n });
    case 'zipWithIndex':
      return rdd.zipWithIndex();
    case 'distinct':
      return rdd.distinct(flag ? { numPartitions: n } : {});
    case 'sample':
      return n === 1 ? rdd.sample(true, 1.2) : rdd.sample(false, 0.5, flag ? n : null);
    case 'subtract':
      return rdd.subtract(ssc.parallelize([...rows], n));
    case 'intersection':
      return rdd.intersection(ssc.parallelize([...rows], n));
    case 'cartesian':
      return rdd.cartesian(ssc.parallelize([...rows]));
    case 'unionRows':
      return rdd.union(ssc.parallelize([...rows], n));
    case 'time':
      return rdd.map((x) => [time.milliseconds / 1000, x]);
    case 'coalesce':
      return rdd.coalesce(n);
    case 'groupBy': {
      const grouped = rdd.groupBy((x) => weight(x) % 3, { numPartitions: n });
      return node.sorted === true ? grouped.mapValues(sortList) : grouped;
    }
    default:
      return rdd
        .keyBy((x) => weight(x) % 3)
        .mapValues((x) => weight(x) + time.milliseconds)
        .filter(([, x]) => x % 2 === 0)
        .reduceByKey((x, y) => x + y, { numPartitions: n })
        .cogroup(
          ssc.parallelize([
            [0, 5],
            [1, 7],
          ]),
        )
        .mapValues(([x, y]) => [...x, ...y].reduce((p, q) => p + q, 0));
  }
}

function met(x: RDD<any>, y: RDD<any>, { fn, n = 1 }: Node): RDD<any> {
  switch (fn) {
    case 'union':
      return x.union(y);
    case 'subtract':
      return x.subtract(y, { numPartitions: n });
    case 'intersection':
      return x.intersection(y);
    case 'cartesian':
      return x.cartesian(y);
    default:
      return x.subtractByKey(y);
  }
}

function updating(a: Stream, node: Node, by: KeyOptions): Stream {
  const { form, fn, rename } = updaters[node.fn as string];
  const options = { ...by, ...(node.rows?.length ? { initialState: node.rows as any } : {}) };
  switch (form) {
    case 'values':
      return a.updateStateByKey<any, any, any>((values, state) => fn(null, values, state, 0), options);
    case 'time':
      return a.updateStateByKeyWithTime<any, any, any>(
        (time, key, values, state) => fn(key, values, state, time.milliseconds / 1000),
        options,
      );
    case 'partitions':
      return a.updateStateByKeyPartitions<any, any, any>(
        function* (entries) {
          for (const [key, values, state] of entries) {
            const next = fn(key, values, state, 0);
            if (next !== null && next !== undefined) yield [rename === undefined ? key : rename(key), next];
          }
        },
        { ...options, rememberPartitioner: rename === undefined },
      );
  }
}

function mapping(a: Stream, node: Node, by: KeyOptions, name: string): Stream {
  const { advanced, fn } = stateMappers[node.fn as string];
  const simple = (key: any, value: any, state: State<any>) => fn(key, value, state, 0);
  const timed = (time: Time, key: any, value: any, state: State<any>) =>
    fn(key, value, state, time.milliseconds / 1000);
  let spec: StateSpec<any, any, any, any> = advanced ? StateSpec.function(timed) : StateSpec.function(simple);
  if (by.partitioner !== undefined) spec = spec.partitioner(by.partitioner);
  else if (by.numPartitions !== undefined) spec = spec.numPartitions(by.numPartitions);
  if (node.rows?.length) spec = spec.initialState(node.rows as any);
  if (node.timeout) spec = spec.timeout(seconds(node.timeout));
  if (node.cacheKeys !== undefined) spec = spec.stored({ cacheKeys: node.cacheKeys });
  return a.mapWithState(spec, { name, ...(node.check ? { timeoutCheckInterval: seconds(node.check) } : {}) });
}

/** The same with waits of different lengths, so that calls end in another order than they began. */
function unevenly<A, R>(f: (record: A) => R): (record: A) => Promise<R> {
  let calls = 0;
  return async (record) => {
    for (let turns = (calls++ * 7) % 5; turns > 0; turns--) await null;
    return f(record);
  };
}
