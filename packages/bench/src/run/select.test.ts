import { expect, it } from 'vitest';
import type { Bench } from '../define-bench.ts';
import { namedRatios, type Selection, select } from './select.ts';

const suite = (id: string, collections?: readonly string[]) => ({
  id,
  title: id,
  group: 'g',
  about: '',
  ...(collections === undefined ? {} : { collections }),
  run: async () => ({ rows: [], ratios: {} }),
});
const ratio = (id: string, of: string) => ({ id, title: id, suite: of, direction: 'at least', bound: 1 }) as const;
const bench: Bench = {
  title: 't',
  suites: [suite('a.time', ['quick', 'full']), suite('a.cost'), suite('b.time', ['slow'])],
  ratios: [ratio('speed', 'a.time'), ratio('slowness', 'b.time'), ratio('a.ratio', 'a.cost')],
};
const ids = (selection: Selection) => select(bench, selection).map(({ id }) => id);

it('selects within the collection that is named', () => {
  expect(ids({ only: ['a'] })).toEqual(['a.time', 'a.cost']);
  expect(ids({ collection: 'quick', only: ['a'] })).toEqual(['a.time']);
  expect(ids({ collection: 'all', only: ['slow', 'a.cost'] })).toEqual(['a.cost', 'b.time']);
  expect(() => ids({ collection: 'quick', only: ['a', 'b'] })).toThrow('--only b: the collection quick has no such');
  expect(() => ids({ collection: 'quick', only: ['slow'] })).toThrow('--only slow: the collection quick has no such');
  expect(() => ids({ collection: 'quick', only: ['none'] })).toThrow('--only none: no suite or ratio begins with it');
});

it('knows ratios by their ids, and by beginnings that are not of suites', () => {
  const named = (only: string) => namedRatios(bench, [only]).map(({ id }) => id);
  expect([named('s'), named('speed'), named('a'), named('a.ratio')]).toEqual([
    ['speed', 'slowness'],
    ['speed'],
    [],
    ['a.ratio'],
  ]);
});
