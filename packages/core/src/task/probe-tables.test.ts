import { expect, test } from 'vitest';
import { type ProbeTable, probeTable } from './probe.ts';
import { ProbeTables } from './probe-tables.ts';
import type { Sliced } from './slices.ts';

/** What a generator returns. */
function result<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

test('a table is made once for a graph, and none of another graph is taken for it', () => {
  const tables = new ProbeTables();
  let made = 0;
  const make = (value: number) => () => {
    made += 1;
    return probeTable([['a', value]], 'join');
  };
  const valuesOf = (table: ProbeTable) => [...table.values()].flat();
  const get = (graph: string, name: string, value: number) =>
    valuesOf(result(tables.get({ graph, name }, make(value))));
  expect(get('r1', 'join@5/0', 1)).toEqual([1]);
  expect(get('r1', 'join@5/0', 2)).toEqual([1]);
  expect(get('r1', 'join@5/1', 3)).toEqual([3]);
  expect(made).toBe(2);
  // A second attempt at the batch, say, whose function may have made another table.
  expect(get('r2', 'join@5/0', 4)).toEqual([4]);
  expect(get('r1', 'join@5/0', 5)).toEqual([5]);
  for (let i = 0; i < 1000; i++) get(`r${i}`, 'join@5/0', i);
  expect(tables.size).toBe(1);
  tables.clear();
  expect(tables.size).toBe(0);
});

test('of two tasks that make a table at the same time neither harms the other', () => {
  const tables = new ProbeTables();
  const slow = tables.get({ graph: 'r1', name: 'x' }, function* () {
    yield undefined;
    return new Map([['a', [1]]]);
  });
  slow.next();
  result(tables.get({ graph: 'r2', name: 'x' }, () => probeTable([['b', 2]], 'join')));
  expect([...result(slow).keys()]).toEqual(['a']);
  const found = result(tables.get({ graph: 'r2', name: 'x' }, () => probeTable([], 'join')));
  expect([...found.keys()]).toEqual(['b']);
});
