import { expect, test } from 'vitest';
import type { DStream } from '../index.ts';
import { StreamingContext, salted, seconds } from '../index.ts';
import { TestSource } from '../testing/index.ts';
import { inlineBackend } from '../testing/inline-backend.ts';

type Pairs = DStream<[string, number]>;
const add = (a: number, b: number) => a + b;
const summed = { name: 'sum', create: () => 0, add, finish: (n: number) => n };

test.each<[string, (pairs: Pairs) => DStream<unknown>, string | null]>([
  ['by itself', (s) => s.reduceByKey(add), 'combined before the shuffle where it pays'],
  ['always', (s) => s.reduceByKey(add, { skew: 'combine' }), 'combined before the shuffle'],
  ['never', (s) => s.reduceByKey(add, { skew: 'hash' }), null],
  ['salted', (s) => s.reduceByKey(add, { skew: salted(3) }), 'combined by salted keys first'],
  ['without merge', (s) => s.aggregateByKey(summed), null],
  ['the whole batch', (s) => s.count(), 'combined in each partition first'],
  ['groups', (s) => s.groupByKey(), null],
])('explain says how values are combined: %s', (_, build, said) => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { warn: () => {} });
  const built = build(new TestSource<[string, number]>(ssc, []));
  built.foreachRDD(() => {}, { name: 'out' });
  const { nodes } = ssc.explain('json');
  expect(nodes.find(({ name }) => name === built.name)?.combining).toBe(said);
  const line = ssc
    .explain()
    .split('\n')
    .find((text) => text.startsWith(`  ${built.name} <-`));
  expect(line).toMatch(said === null ? /^((?!combined).)*$/ : new RegExp(`; ${said}[;\\]]`));
});
