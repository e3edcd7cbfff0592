import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { backoffMs, checkedBackoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { after, delay } from './delay.ts';

/** A wall clock that is ahead of the steady one by what it was set. */
function settable(): { clock: Clock; manual: ManualClock; set: (ms: number) => Promise<void> } {
  const manual = new ManualClock();
  let ahead = 0;
  const clock: Clock = {
    now: () => manual.now(),
    elapsed: () => manual.elapsed() - ahead,
    at: (time, callback) => manual.at(time, callback),
    breathe: () => manual.breathe(),
  };
  const set = (ms: number) => {
    ahead += ms;
    return manual.advance(ms);
  };
  return { clock, manual, set };
}

test('a wall clock that is set forward ends no wait', async () => {
  const { clock, manual, set } = settable();
  const rang: number[] = [];
  after(clock, 100, () => rang.push(clock.elapsed()));
  await manual.advance(40);
  await set(5000);
  expect(rang).toEqual([]);
  await manual.advance(59);
  expect(rang).toEqual([]);
  await manual.advance(1);
  expect(rang).toEqual([100]);
});

test('what is cancelled does not call back, also after the clock was set', async () => {
  const { clock, manual, set } = settable();
  const cancel = after(clock, 100, () => {
    throw new Error('called back');
  });
  await set(1000);
  cancel();
  expect(manual.pending).toBe(0);
});

test('a wait ends when its signal is aborted, and leaves nothing behind', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const waiting = delay(clock, 100, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(delay(clock, 100, stop.signal)).rejects.toThrow('enough');
  expect(clock.pending).toBe(0);
});

test('waits double up to a bound, and are any part of that', () => {
  const backoff = checkedBackoff('backoff', { initial: 100, max: 1000 });
  expect([1, 2, 3, 4, 5, 2000].map((attempt) => backoffMs(attempt, backoff, () => 1))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect(backoffMs(3, backoff, () => 0)).toBe(0);
  expect(checkedBackoff('backoff', { initial: 20_000 })).toEqual({ initialMs: 20_000, maxMs: 20_000 });
  expect(checkedBackoff('backoff', { max: 50 })).toEqual({ initialMs: 50, maxMs: 50 });
  expect(checkedBackoff('backoff', {}, 200)).toEqual({ initialMs: 200, maxMs: 10_000 });
  expect(() => checkedBackoff('backoff', { initial: 100, max: 10 })).toThrow('backoff: max is 10');
});
