import { expect, it } from 'vitest';
import { defineBench } from './define-bench.ts';
import { generated, generatedLines } from './input.ts';
import { socketLines } from './live/socket-lines.ts';
import { underLatency } from './measures/capacity.ts';
import { cost } from './measures/cost.ts';
import { throughput } from './measures/throughput.ts';
import type { Suite } from './suite.ts';
import { preloadRecordsOf, recordsOf, sweep, type Workload } from './workload.ts';

const suite = (id: string): Suite => ({
  id,
  title: id,
  group: 'g',
  about: '',
  run: async () => ({ rows: [], ratios: {} }),
});
const workload: Workload<number, number, { a: number; b: string }> = {
  id: 'w',
  title: 'W',
  job: new URL('file:///job.ts'),
  params: { a: 1, b: 'x' },
  sweep: { a: [1, 2], b: ['x', 'y'] },
  input: ({ a }) => generated((n) => n * a, { pool: 3 }),
  batch: ({ a }) => a * 10,
};

it('has a workload for each combination of parameters', () => {
  const plain = sweep(workload);
  expect(plain.map(({ id }) => id)).toEqual(['w.a=1,b=x', 'w.a=1,b=y', 'w.a=2,b=x', 'w.a=2,b=y']);
  expect(plain.map(({ params, batch }) => [params, batch]).at(-1)).toEqual([{ a: 2, b: 'y' }, 20]);
  expect(plain.at(-1)?.input.records(1, 5)).toEqual([2, 4, 0, 2]);
});

it('has a preload of its parameters, after which the records of runs begin', () => {
  const [plain] = sweep({ ...workload, sweep: {}, batch: 2, batches: 3, preload: ({ a }) => 4 * a });
  expect([...preloadRecordsOf(plain!)]).toEqual([0, 2, 4, 6].map((n) => [n % 3, (n + 1) % 3]));
  expect(recordsOf(plain!, 1)[0]).toEqual([14 % 3, 15 % 3]);
  expect(() => sweep({ ...workload, preload: 0.5 })).toThrow('preload of the workload w is 0.5');
  const live = { ...workload, input: socketLines(() => '') } as unknown as typeof workload;
  expect(() => sweep({ ...live, preload: 1 })).toThrow('w has a preload: a job with a source of its own takes none');
});

it('says where the loop is spared what the engine does', () => {
  const lines = { ...workload, sweep: {}, input: generatedLines(String), reference: () => () => [] };
  const own = [
    lines,
    { ...lines, id: 'made', input: generated(String) },
    { ...lines, id: 'alone', reference: undefined },
  ];
  const { suites } = defineBench({ workloads: own });
  expect(suites.map(({ about }) => about.includes('the engine decodes them from bytes'))).toEqual([true, false, false]);
});

it('measures of a workload what it says itself, else what the bench says', () => {
  const one = { ...workload, sweep: {} };
  const { suites } = defineBench({
    workloads: [one, { ...one, id: 'own', measure: [cost(), underLatency([100])] }],
    measure: [throughput()],
  });
  expect(suites.map(({ id }) => id)).toEqual(['w.throughput', 'own.cost', 'own.under-latency']);
  expect(suites.map(({ collections }) => collections)).toEqual([['quick', 'full'], ['full'], ['full', 'latency']]);
});

it('gives lines as text in blocks, the same that the reference has', () => {
  const input = generatedLines((n) => `line ${n}`, { blocks: 2 });
  const { blocks } = input.entry(0, 3) as { readonly blocks: readonly { readonly count?: number }[] };
  expect(blocks).toHaveLength(2);
  expect(input.records(0, 3)).toEqual(['line 0', 'line 1', 'line 2']);
});

it('refuses ids that are no names or stand twice, ratios of nothing, and numbers that are none', () => {
  expect(() => defineBench({})).toThrow('at least one workload');
  expect(() => defineBench({ suites: [suite('a b')] })).toThrow('letters, digits');
  expect(() => defineBench({ suites: [suite('a'), suite('a')] })).toThrow('stands twice');
  const ratio = { id: 'r', title: 'r', suite: 'b', direction: 'at least', bound: 1 } as const;
  expect(() => defineBench({ suites: [suite('a')], ratios: [ratio] })).toThrow('names the suite b');
  expect(() => sweep({ ...workload, sweep: { a: [] } })).toThrow('over no values');
  expect(() => sweep({ ...workload, batch: 0 })).toThrow('batch of the workload w');
  expect(() => generated(() => 1, { pool: 0 })).toThrow('pool 0');
});

it('names what has no id', () => {
  const without = { ...workload, id: undefined as unknown as string };
  expect(() => defineBench({ workloads: [workload, without] })).toThrow('workload 2 with the title "W" has no id');
  expect(() => defineBench({ workloads: [{ ...workload, id: '' }] })).toThrow(
    'workload 1 with the title "W" has an empty id',
  );
  expect(() => defineBench({ suites: [{ ...suite('a'), id: '', title: '' }] })).toThrow(
    'item 1 of suites has an empty id',
  );
  const ratio = { id: '', title: 'Speed', suite: 'a', direction: 'at least', bound: 1 } as const;
  expect(() => defineBench({ suites: [suite('a')], ratios: [ratio] })).toThrow(
    'ratio 1 with the title "Speed" has an empty',
  );
});

it('says what is wrong with a definition that types would refuse, or that measures nothing', () => {
  const wrong = (definition: object) => () => defineBench({ workloads: [workload], ...definition });
  expect(wrong({ backends: {} })).toThrow('backends of the bench is empty');
  expect(wrong({ backends: { single: 1 } })).toThrow('the backend single is no function');
  expect(wrong({ measure: [] })).toThrow('measure of the bench is empty');
  expect(wrong({ measure: throughput() })).toThrow('measure of the bench is no array');
  expect(wrong({ workloads: [{ ...workload, measure: [] }] })).toThrow('measure of the workload w is empty');
  expect(wrong({ workloads: [{ ...workload, job: './w.job.ts' }] })).toThrow('w is ./w.job.ts, which is no URL');
  expect(wrong({ workloads: [{ ...workload, sweep: { a: 5 } }] })).toThrow('sweeps a over 5, which is no array');
  expect(wrong({ suites: [throughput()] })).toThrow(
    'the measure throughput stands among suites: it belongs in measure',
  );
  expect(wrong({ measure: [suite('m')] })).toThrow('the suite m stands among measures: it belongs in suites');
  expect(wrong({ measure: [{}] })).toThrow('item 1 of measure of the bench is no measure');
  expect(wrong({ workloads: [{ ...workload, title: undefined }] })).toThrow('the workload w has no title');
  expect(wrong({ suites: [{ ...suite('s'), about: undefined }] })).toThrow('the suite s has no about');
  expect(wrong({ suites: [null] })).toThrow('item 1 of suites is no suite');
});

it('says what is wrong with the parts of a workload, before anything runs', () => {
  const wrong = (part: object) => () => defineBench({ workloads: [{ ...workload, ...part } as typeof workload] });
  expect(wrong({ input: undefined })).toThrow('the workload w has no input');
  expect(wrong({ input: [1, 2] })).toThrow('the input of the workload w is a list, which gives no records');
  expect(wrong({ input: () => null })).toThrow('the input of the workload w is null');
  expect(wrong({ reference: 5 })).toThrow('the reference of the workload w is 5');
  expect(wrong({ reference: () => undefined })).toThrow('the reference of the workload w returns undefined');
  expect(wrong({ collections: 'quick' })).toThrow('collections of the workload w is "quick": it takes a list');
  expect(wrong({ delivery: () => 1 })).toThrow('the delivery of the workload w is a function');
  expect(wrong({ input: 5n })).toThrow('the input of the workload w is 5, which');
  expect(wrong({ delivery: 'foo' })).toThrow(`the delivery of the workload w is "foo": it is 'collect' or 'count'`);
  expect(wrong({ params: { a: 1, b: () => 1 }, sweep: {} })).toThrow(
    /^the params of the workload w cannot be given to workers, which take plain data: .*could not be cloned/,
  );
  const named = { ...suite('s'), collections: 'quick' as unknown as string[] };
  expect(() => defineBench({ suites: [named] })).toThrow('collections of the suite s is "quick"');
});

it('says it where a reference gives no records of a batch', () => {
  const reference = () => () => undefined as unknown as number[];
  const [plain] = sweep({ ...workload, sweep: {}, reference });
  expect(() => plain?.reference?.()([1])).toThrow('the workload w has made returned undefined for a batch');
});

it('numbers swept values that can be no part of an id', () => {
  const { suites } = defineBench({ workloads: [{ ...workload, sweep: { a: [1, 2], b: ['one', 'two words'] } }] });
  expect(suites.map(({ id, title }) => [id, title])).toEqual([
    ['w.a=1,b-1.throughput', 'W, a=1,b="one"'],
    ['w.a=1,b-2.throughput', 'W, a=1,b="two words"'],
    ['w.a=2,b-1.throughput', 'W, a=2,b="one"'],
    ['w.a=2,b-2.throughput', 'W, a=2,b="two words"'],
  ]);
  const objects: Workload<number, number, { o?: object }> = {
    ...workload,
    params: {},
    input: generated((n) => n),
    batch: 1,
    preload: 0,
    reference: () => (batch) => batch,
    sweep: { o: [{ x: 1 }, { x: 2 }] },
  };
  expect(sweep({ ...objects, sweep: { o: [[1]] } }).map(({ id }) => id)).toEqual(['w.o-1']);
  expect(sweep(objects).map(({ id, title, params }) => [id, title, params])).toEqual([
    ['w.o-1', 'W, o={ x: 1 }', { o: { x: 1 } }],
    ['w.o-2', 'W, o={ x: 2 }', { o: { x: 2 } }],
  ]);
});

it('refuses ratios that stand twice or bound nothing', () => {
  const ratio = { id: 'r', title: 'r', suite: 'a', direction: 'at least', bound: 1 } as const;
  const bench =
    (...ratios: object[]) =>
    () =>
      defineBench({ suites: [suite('a')], ratios: ratios as (typeof ratio)[] });
  expect(bench(ratio)).not.toThrow();
  expect(bench(ratio, ratio)).toThrow('the ratio r stands twice');
  expect(bench({ ...ratio, bound: undefined })).toThrow('the bound of the ratio r is undefined');
  expect(bench({ ...ratio, direction: 'over' })).toThrow('the direction of the ratio r is over');
});
