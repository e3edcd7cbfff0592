import { expect, test } from 'vitest';
import { IntervalController } from './interval-controller.ts';

/** A job that takes a fixed time for a batch, and some for what came in: at an interval of I, a + b·I. */
interface Load {
  readonly fixedMs: number;
  /** Part of each interval that the records of it take. */
  readonly share: number;
}

/** Runs batches one after the other; what the intervals were, and the worst delay of the last ones. */
function run(
  controller: IntervalController,
  batches: number,
  loadAt: (batch: number) => Load,
  noise = () => 1,
): { intervals: number[]; delay: number; changes: string[] } {
  const intervals: number[] = [];
  const changes: string[] = [];
  let due = 0;
  let free = 0;
  let delay = 0;
  for (let i = 0; i < batches; i++) {
    const { intervalMs } = controller;
    due += intervalMs;
    const { fixedMs, share } = loadAt(i);
    const schedulingDelayMs = Math.max(0, free - due);
    const processingMs = (fixedMs + share * intervalMs) * noise();
    free = Math.max(free, due) + processingMs;
    if (i > batches - 50) delay = Math.max(delay, schedulingDelayMs);
    const change = controller.completed({ intervalMs, processingMs, schedulingDelayMs });
    if (change !== null) changes.push(`${change.fromMs} to ${change.toMs}: ${change.reason}`);
    intervals.push(intervalMs);
  }
  return { intervals, delay, changes };
}

const candidates = [20, 50, 100, 200, 500, 1000, 2000];
const mostOf = (intervals: number[]) => {
  const counts = new Map<number, number>();
  for (const i of intervals) counts.set(i, (counts.get(i) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
};

test.each([
  // The smallest I of the candidates with fixed + share·I <= 0.8·I.
  { fixedMs: 5, share: 0.1, smallest: 20 },
  { fixedMs: 30, share: 0.2, smallest: 50 },
  { fixedMs: 30, share: 0.5, smallest: 100 },
  { fixedMs: 200, share: 0.5, smallest: 1000 },
])('finds the smallest interval that holds $fixedMs ms and $share of the time, from both sides', (load) => {
  for (const initial of [20, 200, 2000]) {
    const { intervals, delay } = run(new IntervalController(candidates, initial), 3000, () => load);
    expect([initial, mostOf(intervals.slice(-1000))]).toEqual([initial, load.smallest]);
    expect(delay).toBeLessThan(2000);
  }
});

test.each([1600, 10_000, 60_000])(
  'is at the smallest interval within half a minute, whatever the longest of %i ms',
  (max) => {
    const many = Array.from({ length: max / 100 }, (_, i) => (i + 1) * 100);
    for (const load of [
      { fixedMs: 300, share: 0, smallest: 400 },
      { fixedMs: 300, share: 0.2, smallest: 500 },
      { fixedMs: 150, share: 0.6, smallest: 800 },
    ]) {
      const { intervals } = run(new IntervalController(many, 100), 400, () => load);
      let ms = 0;
      const there = intervals.findIndex((interval) => {
        ms += interval;
        return interval === load.smallest;
      });
      expect([load, there]).not.toEqual([load, -1]);
      expect(ms).toBeLessThan(30_000);
      expect(mostOf(intervals.slice(-200))).toBe(load.smallest);
      expect(Math.max(...intervals)).toBeLessThan(2000);
    }
  },
);

test('goes up at once when the load grows, and comes back when it has gone', () => {
  const controller = new IntervalController(candidates, 100);
  const loads = (i: number): Load => (i >= 200 && i < 400 ? { fixedMs: 350, share: 0.3 } : { fixedMs: 10, share: 0.2 });
  const { intervals } = run(controller, 3000, loads);
  expect(mostOf(intervals.slice(100, 200))).toBe(20);
  expect(mostOf(intervals.slice(250, 400))).toBe(1000);
  // Two batches are enough to see it.
  expect(intervals[204]).toBeGreaterThan(20);
  expect(mostOf(intervals.slice(2500))).toBe(20);
});

test('one long batch moves nothing; the reason says what was seen', () => {
  const controller = new IntervalController([100, 200], 100);
  const timing = (processingMs: number) => ({ intervalMs: 100, processingMs, schedulingDelayMs: 0 });
  expect(controller.completed(timing(500))).toBeNull();
  expect(controller.completed(timing(10))).toBeNull();
  expect(controller.completed(timing(150))).toBeNull();
  expect(controller.completed(timing(150))).toEqual({
    fromMs: 100,
    toMs: 200,
    reason: 'a batch takes 150 ms, more than the 100 ms it may',
  });
  expect(controller.intervalMs).toBe(200);
});

test('an interval that fails is tried ever more rarely', () => {
  // At 50 ms it seems to fit and does not: the fixed cost shows only there.
  const controller = new IntervalController([50, 100], 100);
  let due = 0;
  let free = 0;
  let tries = 0;
  for (let i = 0; i < 10_000; i++) {
    const { intervalMs } = controller;
    due += intervalMs;
    const processingMs = intervalMs === 50 ? 80 : 20;
    const schedulingDelayMs = Math.max(0, free - due);
    free = Math.max(free, due) + processingMs;
    if (controller.completed({ intervalMs, processingMs, schedulingDelayMs })?.toMs === 50) tries += 1;
  }
  expect(tries).toBeGreaterThan(1);
  expect(tries).toBeLessThan(12);
});

test('noise of a third does not make it wander', () => {
  const seed = 4711;
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const load = { fixedMs: 30, share: 0.2 };
  const { changes, intervals } = run(
    new IntervalController(candidates, 1000),
    3000,
    () => load,
    () => 0.67 + 0.66 * random(),
  );
  expect([seed, mostOf(intervals.slice(-1000))]).toEqual([seed, 100]);
  expect(changes.length).toBeLessThan(40);
});
