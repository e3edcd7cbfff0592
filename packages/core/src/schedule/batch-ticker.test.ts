import { expect, test } from 'vitest';
import { ManualClock } from '../testing/index.ts';
import { BatchTicker } from './batch-ticker.ts';
import { type Clock, firstTick } from './clock.ts';

test.each([
  [0, 1000, 1000],
  [1, 1000, 1000],
  [999, 1000, 1000],
  [1000, 1000, 2000],
  [12_345, 500, 12_500],
])('R1: the first tick after %i ms with a period of %i ms is at %i ms', (now, period, first) => {
  expect(firstTick(now, period)).toBe(first);
});

function ticking(clock: Clock, periodMs: number) {
  const ticks: number[] = [];
  const ticker = new BatchTicker(clock, periodMs, (time) => ticks.push(time));
  return { ticker, ticks };
}

test('each multiple of the period ticks at its time', async () => {
  const clock = new ManualClock(50);
  const at: number[] = [];
  const ticker = new BatchTicker(clock, 100, (time) => at.push(time, clock.now()));
  ticker.start(100);
  await clock.advance(49);
  expect(at).toEqual([]);
  await clock.advance(1);
  expect(at).toEqual([100, 100]);
  await clock.advance(250);
  expect(at).toEqual([100, 100, 200, 200, 300, 300]);
});

test('R118: a clock that wakes late skips no tick and repeats none', () => {
  let now = 0;
  let wake = () => {};
  const late: Clock = {
    now: () => now,
    elapsed: () => now,
    at: (_time, callback) => {
      wake = callback;
      return () => {};
    },
    breathe: async () => {},
  };
  const { ticker, ticks } = ticking(late, 10);
  ticker.start(10);
  for (const [time, seen] of [
    [9, []],
    [35, [10, 20, 30]],
    [35, [10, 20, 30]],
    [60, [10, 20, 30, 40, 50, 60]],
  ] as const) {
    now = time;
    wake();
    expect(ticks).toEqual(seen);
  }
});

test('a first tick that is due already comes at once', () => {
  const { ticker, ticks } = ticking(new ManualClock(250), 100);
  ticker.start(100);
  expect(ticks).toEqual([100, 200]);
});

test('stop ends ticking, gives the last tick, and leaves no alarm', async () => {
  const clock = new ManualClock();
  const { ticker, ticks } = ticking(clock, 100);
  ticker.start(100);
  await clock.advance(200);
  expect(ticker.stop()).toBe(200);
  expect(clock.pending).toBe(0);
  await clock.advance(500);
  expect(ticks).toEqual([100, 200]);
  expect(ticker.stop()).toBe(200);
});

test('stop before the first tick gives null; stop inside a tick ends a row of them', async () => {
  const clock = new ManualClock();
  expect(ticking(clock, 100).ticker.stop()).toBeNull();
  const ticks: number[] = [];
  const ticker: BatchTicker = new BatchTicker(new ManualClock(1000), 100, (time) => {
    ticks.push(time);
    if (time === 300) ticker.stop();
  });
  ticker.start(100);
  expect(ticks).toEqual([100, 200, 300]);
});
