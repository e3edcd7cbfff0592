import { expect, test } from 'vitest';
import { batchesToRemember, isNewFile, isVisible, SelectedFiles } from './selection.ts';

const question = {
  name: 'f',
  modTimeMs: 5000,
  batchTimeMs: 6000,
  initialThresholdMs: 0,
  rememberMs: 60_000,
  alreadySelected: false,
};

test('a file of the window belongs to the batch', () => {
  expect(isNewFile(question)).toBe(true);
});

test.each([
  ['changed when the stream began', { initialThresholdMs: 5000 }, false],
  ['changed a moment later', { initialThresholdMs: 4999 }, true],
  ['changed at the batch time', { modTimeMs: 6000 }, true],
  ['changed after it', { modTimeMs: 6001 }, false],
  ['as old as the window', { modTimeMs: 10_000, batchTimeMs: 70_000 }, false],
  ['a moment younger', { modTimeMs: 10_001, batchTimeMs: 70_000 }, true],
  ['younger than a shorter window', { modTimeMs: 10_001, batchTimeMs: 70_000, rememberMs: 59_999 }, false],
  ['selected already', { alreadySelected: true }, false],
  ['hidden', { name: '.f' }, false],
  ['hidden, by its path', { name: '/data/.f' }, false],
  ['in a hidden directory', { name: '/.data/f' }, true],
  ['with a leading underscore', { name: '_f' }, true],
  ['being copied', { name: 'f._COPYING_' }, true],
  ['temporary', { name: 'f.tmp' }, true],
] as const)('%s', (_, change, expected) => {
  expect(isNewFile({ ...question, ...change })).toBe(expected);
});

test('a filter takes the place of the default one', () => {
  expect(isNewFile({ ...question, name: '.f' }, () => true)).toBe(true);
  expect(isNewFile(question, (name) => name !== 'f')).toBe(false);
  expect(isVisible('a.b')).toBe(true);
});

test.each([
  [60_000, 1000, 60],
  [60_000, 7000, 9],
  [60_000, 60_000, 1],
  [60_000, 90_000, 1],
  [1, 1000, 1],
])('%d ms of batches of %d ms are %d batches', (min, interval, batches) => {
  expect(batchesToRemember(min, interval)).toBe(batches);
});

test('what is forgotten is forgotten with its files, unless a later batch has them', () => {
  const selected = new SelectedFiles();
  const file = (path: string) => ({ path, size: 1, modTimeMs: 1 });
  selected.add({ time: 1, files: [file('a'), file('b')] });
  selected.add({ time: 2, files: [file('a')] });
  selected.forgetBefore(2);
  expect([selected.has('a'), selected.has('b'), selected.at(1), selected.at(2)?.files.length]).toEqual([
    true,
    false,
    undefined,
    1,
  ]);
  selected.forgetBefore(3);
  expect(selected.size).toEqual({ batches: 0, files: 0 });
});
