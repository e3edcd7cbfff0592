import { expect, it } from 'vitest';
import { Drift } from './drift.ts';

/** A clock by which the loop takes so long each time. */
function driftOf(times: readonly (readonly [contender: string, ms: number])[]) {
  let now = 0;
  let begun = false;
  let next = 0;
  const drift = new Drift(() => {
    begun = !begun;
    if (!begun) now += next;
    return now;
  });
  for (const [contender, ms] of times) {
    next = ms;
    drift.measure(contender);
  }
  return drift;
}

it('marks a contender before which the machine was another one', () => {
  const rounds = Array.from({ length: 5 }, () => [['a', 10] as const, ['b', 10] as const, ['c', 12] as const]).flat();
  const drift = driftOf(rounds);
  expect(['a', 'b', 'c', 'unknown'].map((each) => drift.drifted(each))).toEqual([false, false, true, false]);
});

it('marks nobody where a run was slow for all', () => {
  const drift = driftOf([10, 30, 11, 10, 10].flatMap((ms) => [['a', ms] as const, ['b', ms + 0.1] as const]));
  expect([drift.drifted('a'), drift.drifted('b')]).toEqual([false, false]);
});

it('marks all where the machine changed in the middle', () => {
  // Ratios of rounds may stand, but each value, and its interval, is of two machines.
  for (const times of [
    [10, 30, 11, 29, 10],
    [10, 10, 10, 14, 14],
  ]) {
    const drift = driftOf(times.flatMap((ms) => [['a', ms] as const, ['b', ms + 0.1] as const]));
    expect([drift.drifted('a'), drift.drifted('b')]).toEqual([true, true]);
  }
});

it('marks a contender alone before whose runs the machine changed', () => {
  expect(driftOf([10, 40, 10, 40, 10].map((ms) => ['a', ms] as const)).drifted('a')).toBe(true);
  expect(driftOf([10, 12, 10, 12, 10].map((ms) => ['a', ms] as const)).drifted('a')).toBe(false);
});
