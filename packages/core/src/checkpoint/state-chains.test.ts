import { expect, test } from 'vitest';
import { keys } from './layout.ts';
import { StateChains } from './state-chains.ts';

const bytes = new Uint8Array(100);

test('a chain is due when what is behind its first delta weighs twice as much as it, and until it has a base', () => {
  const chains = new StateChains();
  chains.add('node', 0, 1, 100);
  for (let time = 2; time < 11; time++) {
    chains.add('node', 0, time, 22);
    expect(chains.due('node')).toEqual([]);
  }
  chains.add('node', 0, 11, 22);
  expect(chains.due('node')).toEqual([0]);
  chains.add('node', 0, 12, 11);
  expect(chains.due('node')).toEqual([0]);
  expect(chains.due('another')).toEqual([]);
  chains.begin({ node: 'node', partition: 0, time: 11, bytes });
  expect(chains.due('node')).toEqual([]);
});

test('few deltas are never due by their weight, and very many always are', () => {
  const chains = new StateChains();
  for (let time = 1; time < 8; time++) chains.add('node', 0, time, 100);
  expect(chains.due('node')).toEqual([]);
  for (let time = 1; time < 512; time++) chains.add('node', 1, time, time === 1 ? 10_000 : 1);
  expect(chains.due('node')).toEqual([]);
  chains.add('node', 1, 512, 1);
  expect(chains.due('node')).toEqual([1]);
});

test('a base takes the place of all up to its time; deltas behind it stay, and count', () => {
  const chains = new StateChains(() => 2);
  for (const time of [1, 2, 4, 5]) chains.add('node', 3, time, 10);
  // No delta was written at 3: the batch has changed nothing.
  expect(chains.begin({ node: 'node', partition: 3, time: 3, bytes })).toEqual([
    { kind: 'delete', key: keys.state('node', 3, 1) },
    { kind: 'delete', key: keys.state('node', 3, 2) },
    { kind: 'put', key: keys.state('node', 3, 3), value: bytes },
  ]);
  // A base and two deltas are more than two.
  expect(chains.due('node')).toEqual([3]);
  expect(chains.begin({ node: 'node', partition: 3, time: 5, bytes })).toEqual([
    { kind: 'delete', key: keys.state('node', 3, 3) },
    { kind: 'delete', key: keys.state('node', 3, 4) },
    { kind: 'put', key: keys.state('node', 3, 5), value: bytes },
  ]);
  expect(chains.due('node')).toEqual([]);
});

test('who has been due the longest is first, and who is due again is last', () => {
  const chains = new StateChains(() => 1);
  const add = (partition: number, time: number) => chains.add('node', partition, time, 10);
  for (const partition of [0, 1, 2]) add(partition, 1);
  for (const partition of [2, 0, 1]) add(partition, 2);
  expect(chains.due('node')).toEqual([2, 0, 1]);
  chains.begin({ node: 'node', partition: 2, time: 1, bytes });
  expect(chains.due('node')).toEqual([0, 1, 2]);
});
