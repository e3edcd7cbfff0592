import { expect, test } from 'vitest';
import { type DStream, StateSpec, StreamingContext, seconds } from '../index.ts';
import { TestSource } from '../testing/index.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { consumersIn, isLayoutUsed } from './layout-use.ts';

type Joined = DStream<[string, [number, number]]>;
const sum = (a: [number, number], b: [number, number]): [number, number] => [a[0] + b[0], a[1] + b[1]];
const counted = StateSpec.function((key: string, _: [number, number] | null) => key);

/** Whether what is behind a join relies on where its keys lie. */
function usedBy(behind: (joined: Joined) => unknown): boolean {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { defaultParallelism: 4, warn: () => {} });
  const pairs = new TestSource<[string, number]>(ssc, []);
  const joined = pairs.join(pairs, { name: 'joined' });
  behind(joined);
  const { plan } = ssc;
  return isLayoutUsed(plan.node('joined'), consumersIn([...plan.nodes, ...plan.outputs]), 4);
}

test.each<[string, (joined: Joined) => unknown]>([
  ['an operator by key', (joined) => joined.reduceByKey(sum)],
  ['one with as many partitions', (joined) => joined.reduceByKey(sum, { numPartitions: 4 })],
  [
    'one behind others that keep keys',
    (joined) =>
      joined
        .filter(() => true)
        .mapValues((v) => v)
        .groupByKey(),
  ],
  ['state', (joined) => joined.mapWithState(counted)],
  ['another join', (joined) => joined.join(joined)],
  ['a window', (joined) => joined.window(seconds(2))],
])('%s needs the pairs of a key in one partition', (_, behind) => {
  expect(usedBy(behind)).toBe(true);
});

test.each<[string, (joined: Joined) => unknown]>([
  ['an output', (joined) => joined.print()],
  ['a map', (joined) => joined.map(([key]) => [key, 1] as [string, number]).reduceByKey((a, b) => a + b)],
  ['an operator with other partitions', (joined) => joined.reduceByKey(sum, { numPartitions: 3 })],
  ['a transformation', (joined) => joined.transform((rdd) => rdd.reduceByKey(sum))],
  ['a count', (joined) => joined.count()],
])('%s does not', (_, behind) => {
  expect(usedBy(behind)).toBe(false);
});
