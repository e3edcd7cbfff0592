import { expect, test } from 'vitest';
import { ManualClock } from '../testing/index.ts';
import { BlockGenerator } from './block-generator.ts';
import type { ReceivedBlock } from './received-block.ts';

function scene(store: (block: ReceivedBlock) => Promise<void> | undefined = () => undefined) {
  const clock = new ManualClock(1000);
  const blocks: ReceivedBlock[] = [];
  const errors: unknown[] = [];
  const generator = new BlockGenerator({
    streamId: 3,
    blockIntervalMs: 200,
    clock,
    push: (block) => {
      blocks.push(block);
      return store(block);
    },
    onError: (e) => void errors.push(e),
  });
  generator.start();
  const records = () =>
    blocks.map((b) => (b.partition.kind === 'live' ? b.partition.records : b.partition.blocks.length));
  return { clock, generator, blocks, errors, records };
}

test('R127: block intervals are multiples of the interval, and blocks are named after them', async () => {
  const { clock, generator, blocks, records } = scene();
  await clock.advance(50);
  generator.add(1);
  await clock.advance(149);
  expect(records()).toEqual([]);
  await clock.advance(1);
  expect(records()).toEqual([[1]]);
  generator.add(2);
  generator.tick();
  generator.add(3);
  await clock.advance(200);
  expect(blocks.map((b) => b.id)).toEqual(['input-3-1200', 'input-3-1200.1', 'input-3-1400']);
});

test('while nothing comes in, no timer runs and no block is made', async () => {
  const { clock, generator, blocks } = scene();
  generator.add(1);
  expect(clock.pending).toBe(1);
  await clock.advance(5000);
  expect(clock.pending).toBe(0);
  expect(blocks).toHaveLength(1);
});

test('text and records never share a block, and their order stays', async () => {
  const { generator, blocks } = scene();
  generator.add('a');
  generator.addText(new TextEncoder().encode('b\nc\n'), 2);
  generator.addText(new TextEncoder().encode('d\n'), 1);
  await generator.addBlock({ numRecords: 1, numBytes: 0, partition: { kind: 'live', records: ['e'] } });
  generator.add('f');
  await generator.stop();
  expect(blocks.map((b) => [b.partition.kind, b.numRecords, b.numBytes])).toEqual([
    ['live', 1, 0],
    ['blocks', 3, 6],
    ['live', 1, 0],
    ['live', 1, 0],
  ]);
});

test('a buffer that is full is cut before its interval ends', () => {
  const { generator, blocks } = scene();
  for (let i = 0; i < 65_537; i++) generator.add(i);
  generator.addText(new Uint8Array(4 * 2 ** 20).fill(10), 4 * 2 ** 20);
  expect(blocks.map((b) => b.numRecords)).toEqual([65_536, 1, 4 * 2 ** 20]);
});

test('R128: a stop refuses data, makes the last block and waits until all are stored', async () => {
  const gates: (() => void)[] = [];
  const { generator, records } = scene(() => new Promise((resolve) => gates.push(resolve)));
  generator.add(1);
  generator.tick();
  generator.add(2);
  const stopped = generator.stop();
  expect(records()).toEqual([[1], [2]]);
  expect(generator.state).toBe('StoppedGeneratingBlocks');
  expect(generator.queued).toBe(2);
  expect(() => generator.add(3)).toThrow(expect.objectContaining({ code: 'MR_RECEIVER_STATE' }));
  for (const open of gates) open();
  await stopped;
  expect(generator.state).toBe('StoppedAll');
  expect(generator.queued).toBe(0);
});

test('a block that cannot be stored is told to all who wait for its records, and once to the rest', async () => {
  const { generator, errors } = scene(() => Promise.reject(new Error('disk full')));
  const first = generator.add(1);
  const second = generator.add(2);
  generator.tick();
  await expect(first).rejects.toThrow('disk full');
  await expect(second).rejects.toThrow('disk full');
  expect(errors).toHaveLength(1);
});
