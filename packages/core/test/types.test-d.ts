/*
 * Type tests: checked by the compiler, never run. Types flow through every operator without a cast, and pair operators
 * are refused on other streams.
 */
import {
  average,
  type Broadcast,
  count,
  type DStream,
  defineJob,
  distinct,
  type loadJob,
  type MinMax,
  minMax,
  type RDD,
  type Resource,
  type State,
  StateSpec,
  type StreamingContext,
  seconds,
  topK,
  using,
} from '@millrace/core';

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

/** Compiles only if the value has exactly the type. */
declare function is<Expected>(): <Actual>(
  value: Actual & (Equal<Actual, Expected> extends true ? unknown : never),
) => void;

declare const ssc: StreamingContext;
declare const lines: DStream<string>;
declare const events: DStream<{ user: string; ms: number }>;

// Elements.
const words = lines.flatMap((line) => line.split(' '));
is<DStream<string>>()(words);
is<DStream<number>>()(words.map((w) => w.length));
is<DStream<[number, number, number]>>()(words.map((w) => [w.length, 1, 2]));
is<DStream<{ w: string }>>()(words.map((w) => ({ w })));
is<DStream<string>>()(words.filter((w) => w !== ''));
is<DStream<'a'>>()(words.filter((w): w is 'a' => w === 'a'));
is<DStream<string[]>>()(words.glom());
is<DStream<number>>()(words.count());
is<DStream<[string, number]>>()(words.countByValue());
is<DStream<string | number>>()(words.union(words.count()));
is<DStream<string>>()(ssc.union([words, lines]));
is<DStream<string[]>>()(words.aggregate(distinct<string>()));
is<DStream<number>>()(words.mapPartitions((records) => [[...records].length]));

// Functions that wait: what they resolve to, pairs, and the client of `using`.
const client = using(async () => ({ lookUp: (word: string) => word.length }));
is<Resource<{ lookUp: (word: string) => number }>>()(client);
is<DStream<number>>()(words.mapAsync(async (w) => w.length));
is<DStream<number>>()(words.mapAsync((w) => w.length, { retries: 2 }));
is<DStream<[string, number]>>()(words.mapAsync(async (w, call) => [w, call.client.lookUp(w)], { using: client }));
is<DStream<string>>()(words.filterAsync(async (w, call) => call.client.lookUp(w) > 1, { using: client }));
is<DStream<{ n: number }>>()(words.transform((rdd) => rdd.mapAsync(async (w) => ({ n: w.length }))));
words.foreachPartition((records, partition, about) => {
  is<ArrayIterator<string>>()(records);
  is<undefined>()(about.client);
  is<number>()(partition + about.time + about.numPartitions);
});
words.foreachPartition((records, _partition, about) => void about.client.lookUp([...records][0]), { using: client });
words.writeTo({
  write: (records, partition) => [...records].length + partition.partition,
  commit: (_batch, receipts) => is<readonly number[]>()(receipts),
});
// @ts-expect-error there is no client without `using`
words.mapAsync(async (w, call) => call.client.lookUp(w));

// Pairs: an array of two is a pair, with its types widened.
const pairs = words.map((w) => [w, 1]);
is<DStream<[string, number]>>()(pairs);
is<DStream<[string, string]>>()(lines.flatMap((line) => line.split(' ').map((w): [string, string] => [w, line])));
is<DStream<[string, number]>>()(pairs.reduceByKey((a, b) => a + b));
is<DStream<[string, number[]]>>()(pairs.groupByKey());
is<DStream<[string, string]>>()(pairs.mapValues((n) => n.toFixed(1)));
is<DStream<[string, string]>>()(pairs.flatMapValues((n) => [n.toFixed(1)]));
is<DStream<[string, number]>>()(events.map((e) => [e.user, e.ms]).aggregateByKey(average()));
is<DStream<[string, MinMax<number> | null]>>()(pairs.aggregateByKey(minMax<number>()));
is<DStream<[string, number]>>()(pairs.aggregateByKeyAndWindow(count(), seconds(10)));
is<DStream<[string, number[]]>>()(pairs.aggregateByKeyAndWindow(topK<number>(3), seconds(10), seconds(5)));
is<DStream<[string, Set<number>]>>()(
  pairs.combineByKey(
    (n) => new Set([n]),
    (set, n) => set.add(n),
    (a, b) => new Set([...a, ...b]),
  ),
);
const names = words.map((w) => [w, w.toUpperCase()]);
is<DStream<[string, [number, string]]>>()(pairs.join(names));
is<DStream<[string, [number, string | null]]>>()(pairs.leftOuterJoin(names));
is<DStream<[string, [number | null, string]]>>()(pairs.rightOuterJoin(names));
is<DStream<[string, [number | null, string | null]]>>()(pairs.fullOuterJoin(names));
is<DStream<[string, [number[], string[]]]>>()(pairs.cogroup(names));
const table: Broadcast<Map<string, boolean>> = ssc.broadcast('table', () => new Map([['a', true]]));
is<DStream<[string, [number, boolean]]>>()(pairs.joinBroadcast(table));
is<DStream<[string, [number, boolean | null]]>>()(pairs.leftOuterJoinBroadcast(table));
is<DStream<[string, [number, number]]>>()(pairs.joinBroadcast(ssc.broadcast('object', () => ({ a: 1 }))));

// Windows keep the type.
is<DStream<string>>()(words.window(seconds(10)));
is<DStream<number>>()(words.countByWindow(seconds(10)));
is<DStream<[string, number]>>()(
  pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(10), seconds(5), {
    inverse: (a, b) => a - b,
    filter: ([, n]) => n > 0,
  }),
);
is<DStream<[string, number]>>()(words.countByValueAndWindow(seconds(10)));
is<DStream<[string, number[]]>>()(pairs.groupByKeyAndWindow(seconds(10)));

// State.
is<DStream<[string, number]>>()(pairs.updateStateByKey((values, state: number | null) => values.length + (state ?? 0)));
const spec = StateSpec.function((key: string, value: number | null, state: State<{ n: number }>) => {
  state.update({ n: (state.getOption()?.n ?? 0) + (value ?? 0) });
  return [key, state.get().n] as [string, number];
});
is<DStream<string>>()(words.dedupe((word) => word.length, { ttl: seconds(1) }));
is<DStream<[string, number]>>()(pairs.dedupe(([key]) => key, { ttl: seconds(1), numPartitions: 2, name: 'once' }));
// @ts-expect-error without a time to live the state would grow for ever
pairs.dedupe(([key]) => key);
const mapped = pairs.mapWithState(spec);
const pairsOfState: DStream<[string, number]> = mapped;
is<DStream<[string, { n: number }]>>()(mapped.stateSnapshots());
pairsOfState.reduceByKey((a, b) => a + b);

// Batches.
is<DStream<[string, number]>>()(pairs.transform((rdd) => rdd.sortBy(([, n]) => n)));
is<DStream<[string, number]>>()(words.transform((rdd) => rdd.zipWithIndex()));
is<DStream<[string, [number, string]]>>()(pairs.transformWith(names, (a, b) => a.join(b)));
pairs.foreachRDD(async (rdd, time) => {
  is<RDD<[string, number]>>()(rdd);
  is<number>()(time.milliseconds);
  is<[string, number][]>()(await rdd.collect());
  is<number>()(await rdd.values().sum());
  is<Map<string, number>>()(await rdd.collectAsMap());
  is<number[]>()(await rdd.lookup('a'));
  is<RDD<[string, number[]]>>()(rdd.groupByKey());
});

// Pair operators exist only on streams of pairs.
// @ts-expect-error words are no pairs
words.reduceByKey((a, b) => a + b);
// @ts-expect-error words are no pairs
words.groupByKey();
// @ts-expect-error lengths are no pairs
words.map((w) => w.length).join(names);
// @ts-expect-error words are no pairs
words.mapWithState(spec);
// @ts-expect-error words are no pairs
words.groupByKeyAndWindow(seconds(1));
// @ts-expect-error the values are numbers
pairs.reduceByKey((a: string, b: string) => a + b);
// @ts-expect-error keys of both sides must be alike
pairs.join(words.map((w) => [w.length, w]));
// @ts-expect-error sum is for numbers
words.transform((rdd) => rdd).foreachRDD(async (rdd) => void (await rdd.sum()));

// A loaded job has the types of its builder.
const job = defineJob({ name: 'typed', batchInterval: seconds(1) }, (context, params: { dir: string }) => {
  return { sizes: context.queueStream([[params.dir]]).map((d) => d.length) };
});
declare const load: typeof loadJob;
async function typed(): Promise<void> {
  const { streams } = await load<typeof job>('./job.ts', { backend: ssc.backend, params: { dir: '' } });
  is<DStream<number>>()(streams.sizes);
  // @ts-expect-error params have a type
  await load<typeof job>('./job.ts', { backend: ssc.backend, params: { folder: '' } });
}
void typed;
