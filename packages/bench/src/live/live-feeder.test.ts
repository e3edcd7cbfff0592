import type { BatchInfo } from '@millrace/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PlainWorkload } from '../workload.ts';
import { LiveFeeder } from './live-feeder.ts';
import type { LiveInput } from './live-input.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const load = { rate: 400, intervalMs: 10, batches: 1, warmUp: 1 };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** What is sent through it, and whether it was closed. */
function liveInput(send: (records: readonly unknown[]) => void) {
  const state = { isClosed: false };
  const input: LiveInput<unknown> = {
    records: numbers,
    open: async () => ({
      params: { port: 1 },
      ready: async () => {},
      send,
      close: () => void (state.isClosed = true),
    }),
  };
  return { input, state };
}
/** Feeds until the time of the load is over. */
const feed = async (feeder: LiveFeeder) => {
  const fed = feeder.feed();
  await vi.advanceTimersByTimeAsync(30);
  await fed;
};
const open = (input: LiveInput<unknown>) =>
  LiveFeeder.open({ id: 'w', params: { k: 2 } } as unknown as PlainWorkload, input, load);

it('sends the records of a load, and knows by their number which ones a batch has', async () => {
  const sent: unknown[] = [];
  const { input, state } = liveInput((records) => void sent.push(...records));
  const feeder = await open(input);
  expect(feeder.params).toEqual({ k: 2, port: 1 });
  await feed(feeder);
  // Four in each interval: of the warm-up, and of the batch that is measured.
  expect(sent).toEqual(numbers(0, 8));
  const batches = [3, 0, 4, 1].map((numRecords) => feeder.batchOf({ numRecords } as BatchInfo));
  expect(batches.map((each) => each && [each.number, each.records, each.atMs, each.isLast])).toEqual([
    [-1, 3, -5, false],
    null,
    [0, 4, 5, false],
    [0, 1, 7.5, true],
  ]);
  const [first, , second] = batches;
  expect(second!.lastDue - first!.lastDue).toBeCloseTo(10);
  expect([...second!.dues()].map(({ due, records }) => [Math.round((second!.lastDue - due) * 10), records])).toEqual([
    [75, 1],
    [50, 1],
    [25, 1],
    [0, 1],
  ]);
  await feeder.close();
  expect(state.isClosed).toBe(true);
});

it('sends no more once it is closed, and says what sending fails with', async () => {
  let feeder: LiveFeeder | null = null;
  let times = 0;
  const closing = liveInput(() => {
    times += 1;
    void feeder?.close();
  });
  feeder = await open(closing.input);
  await feed(feeder);
  expect(times).toBe(1);
  const failing = await open(
    liveInput(() => {
      throw new Error('the connection is gone');
    }).input,
  );
  await expect(failing.feed()).rejects.toThrow('the connection is gone');
});

it('says what a feed lacks that somebody has written', async () => {
  const whole = { params: {}, ready: async () => {}, send() {}, close() {} };
  for (const [part, message] of [
    [{ ready: undefined }, 'the feed that the live input of w opens has no function ready'],
    [{ close: 1 }, 'the feed that the live input of w opens has no function close'],
    [{ params: undefined }, 'the feed that the live input of w opens has no params'],
  ] as const)
    await expect(open({ records: numbers, open: async () => ({ ...whole, ...part }) as never })).rejects.toThrow(
      message,
    );
});
