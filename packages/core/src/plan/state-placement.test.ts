import { expect, test } from 'vitest';
import { customPartitioner, type DStream, memoryStore, StateSpec, StreamingContext, seconds } from '../index.ts';
import { TestSource } from '../testing/index.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { consumersIn } from './layout-use.ts';
import { mobilityOf } from './state-placement.ts';

type Pairs = DStream<[string, number]>;
const counted = StateSpec.function((key: string, _: number | null): [string, number] => [key, 1]);
const total = (values: number[], n: number | null) => values.length + (n ?? 0);
const same = (entries: Iterable<[string, number[], number | null]>) =>
  [...entries].map(([key, , n]): [string, number] => [key, n ?? 0]);

function contextOf(build: (pairs: Pairs) => unknown): StreamingContext {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { defaultParallelism: 4, warn: () => {} });
  build(new TestSource<[string, number]>(ssc, []));
  return ssc;
}

function mobility(build: (pairs: Pairs) => unknown): string {
  const { plan } = contextOf(build);
  return mobilityOf(plan.node('state'), consumersIn([...plan.nodes, ...plan.outputs]), 4);
}

const byLength = customPartitioner(4, (key) => String(key).length % 4, 'byLength');
const name = 'state';

test.each<[string, string, (pairs: Pairs) => unknown]>([
  ['moves', 'mapWithState', (p) => p.mapWithState(counted, { name })],
  ['moves', 'what it gives goes on by key', (p) => p.mapWithState(counted, { name }).reduceByKey((a, b) => a + b)],
  ['moves', 'a window of what it gives', (p) => p.mapWithState(counted, { name }).window(seconds(2))],
  ['moves', 'snapshots', (p) => p.mapWithState(counted, { name }).stateSnapshots().map(String)],
  ['home', 'snapshots go on by key', (p) => p.mapWithState(counted, { name }).stateSnapshots().groupByKey()],
  ['home', 'a window of snapshots', (p) => p.mapWithState(counted, { name }).stateSnapshots().window(seconds(2))],
  ['moves', 'updateStateByKey', (p) => p.updateStateByKey(total, { name })],
  [
    'moves',
    'it goes on by another number',
    (p) => p.updateStateByKey(total, { name }).groupByKey({ numPartitions: 3 }),
  ],
  ['home', 'updateStateByKey goes on by key', (p) => p.updateStateByKey(total, { name }).groupByKey()],
  ['home', 'behind filters', (p) => p.updateStateByKey(total, { name }).filter(Boolean).groupByKey()],
  ['home', 'it is asked for', (p) => p.updateStateByKey(total, { name, skew: 'hash' })],
  ['home', 'mapWithState is asked to', (p) => p.mapWithState(counted.skew('hash'), { name })],
  ['home', 'dedupe is asked to', (p) => p.dedupe(([key]) => key, { ttl: seconds(2), name, skew: 'hash' })],
  ['moves', 'dedupe', (p) => p.dedupe(([key]) => key, { ttl: seconds(2), name })],
  ['stays', 'keys of whole partitions', (p) => p.updateStateByKeyPartitions(same, { name })],
  ['moves', 'those that change', (p) => p.updateStateByKeyPartitions(same, { name, rememberPartitioner: false })],
  ['stays', 'in the store', (p) => p.mapWithState(counted.stored(), { name })],
  ['stays', 'by a partitioner', (p) => p.updateStateByKey(total, { name, partitioner: byLength })],
  [
    'stays',
    'a window, whose panes come combined',
    (p) => p.reduceByKeyAndWindow((a, b) => a + b, seconds(2), seconds(1), { inverse: (a, b) => a - b, name }),
  ],
])('%s: %s', (expected, _, build) => {
  expect(mobility(build)).toBe(expected);
});

test.each<[string, (pairs: Pairs) => unknown]>([
  ['updateStateByKey', (p) => p.updateStateByKey(total, { skew: 'split' as 'auto' })],
  ['StateSpec.skew', () => counted.skew(true as unknown as 'auto')],
  ['dedupe', (p) => p.dedupe(([key]) => key, { ttl: seconds(1), skew: null as unknown as 'auto' })],
])('%s refuses what is no placement', (operator, build) => {
  expect(() => contextOf(build)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  expect(() => contextOf(build)).toThrow(`${operator}: skew`);
});

test('explain says which keys move', () => {
  const ssc = contextOf((pairs) => {
    pairs.mapWithState(counted, { name: 'a' }).foreachRDD(() => {});
    pairs.updateStateByKey(total, { name: 'b', skew: 'hash' }).foreachRDD(() => {});
    pairs.mapWithState(counted.stored(), { name: 'c' }).foreachRDD(() => {});
  });
  ssc.checkpoint(memoryStore());
  const lines = ssc.explain().split('\n');
  const lineOf = (node: string) => lines.find((line) => line.startsWith(`  ${node} <-`));
  expect(lineOf('a')).toContain('; keys move with the load');
  expect(lineOf('b')).toContain('; keys stay where they are hashed to');
  expect(lineOf('c')).toContain('; keys stay where they are');
});
