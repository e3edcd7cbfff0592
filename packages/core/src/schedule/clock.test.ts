import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SystemClock } from './clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** Sets the wall clock alone; timers and the steady clock do not notice. */
const set = (byMs: number) => vi.setSystemTime(Date.now() + byMs);

test('a clock that is set back is noticed while an alarm waits, which rings when the clock gets there', () => {
  const clock = new SystemClock();
  const heard: unknown[] = [];
  clock.at(
    1_005_000,
    () => heard.push(clock.now()),
    (byMs) => heard.push(`back by ${byMs}`),
  );
  vi.advanceTimersByTime(4000);
  set(-3000);
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(['back by 3000']);
  vi.advanceTimersByTime(2999);
  expect(heard).toEqual(['back by 3000']);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['back by 3000', 1_005_000]);
  vi.advanceTimersByTime(60_000);
  expect(heard.length).toBe(2);
});

test('an alarm notices that the clock was set forward, also after it had been set back, within a second', () => {
  const clock = new SystemClock();
  const heard: unknown[] = [];
  clock.at(
    1_001_000,
    () => heard.push('rang'),
    (byMs) => heard.push(byMs),
  );
  set(-3_600_000);
  vi.advanceTimersByTime(2000);
  expect(heard).toEqual([3_600_000]);
  set(3_600_000);
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual([3_600_000, 'rang']);
});

test('a clock that is a little slow is not said to be set back; what is cancelled hears nothing', () => {
  const clock = new SystemClock();
  const heard: unknown[] = [];
  clock.at(
    1_003_000,
    () => heard.push('rang'),
    (byMs) => heard.push(byMs),
  );
  const cancel = clock.at(1_003_000, () => heard.push('cancelled'));
  for (let i = 0; i < 3; i++) {
    set(-100);
    vi.advanceTimersByTime(1000);
  }
  expect(heard).toEqual([]);
  cancel();
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(['rang']);
});
