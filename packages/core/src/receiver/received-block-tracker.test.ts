import { expect, test } from 'vitest';
import { ReceivedBlockTracker } from './received-block-tracker.ts';

test('all that waits, of all streams, goes to the next batch', () => {
  const tracker = new ReceivedBlockTracker<string>([0, 1]);
  tracker.add(0, 'a');
  tracker.add(1, 'b');
  tracker.add(0, 'c');
  tracker.allocate(1000);
  expect([...tracker.blocksOfBatch(1000)]).toEqual([
    [0, ['a', 'c']],
    [1, ['b']],
  ]);
  tracker.add(0, 'd');
  // A batch that has its blocks keeps them.
  tracker.allocate(1000);
  tracker.allocate(500);
  expect(tracker.blocksOf(1000, 0)).toEqual(['a', 'c']);
  expect(tracker.blocksOf(500, 0)).toEqual([]);
  expect(tracker.unallocated(0)).toEqual(['d']);
});

test('R55: blocks stay until their batch has completed, then nothing is left', () => {
  const tracker = new ReceivedBlockTracker<string>([0, 1]);
  for (let batch = 1; batch <= 1000; batch++) {
    tracker.add(0, `b${batch}`);
    tracker.allocate(batch);
    if (batch > 3) tracker.cleanup(batch - 3);
  }
  expect(tracker.blocksOf(998, 0)).toEqual(['b998']);
  expect(tracker.blocksOf(997, 0)).toEqual([]);
});

test('a stream that is not known yet is known with its first block', () => {
  const tracker = new ReceivedBlockTracker<string>([0, 1]);
  tracker.add(7, 'x');
  expect(tracker.hasUnallocated(7)).toBe(true);
  expect(tracker.hasUnallocated(0)).toBe(false);
  expect(tracker.hasUnallocated()).toBe(true);
});

test('a batch may leave blocks for the next one', () => {
  const tracker = new ReceivedBlockTracker<string>([0, 1]);
  for (const block of ['a', 'b', 'c']) tracker.add(0, block);
  tracker.add(1, 'x');
  tracker.allocate(1000, (stream, waiting) => (stream === 0 ? 2 : waiting.length));
  tracker.allocate(2000);
  expect([tracker.blocksOf(1000, 0), tracker.blocksOf(1000, 1), tracker.blocksOf(2000, 0)]).toEqual([
    ['a', 'b'],
    ['x'],
    ['c'],
  ]);
  expect(tracker.hasUnallocated()).toBe(false);
});
