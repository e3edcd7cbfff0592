import { expect, it } from 'vitest';
import { WarmUp } from './warm-up.ts';

function warmed(runs: readonly number[], quick = false): WarmUp {
  const warmUp = new WarmUp(quick);
  for (const seconds of runs) warmUp.add('a', seconds);
  return warmUp;
}

/** After which of its runs it is taken for warm, from 1; 0 where after none of them. */
const endsAfter = (runs: readonly number[]): number =>
  runs.findIndex((_, i) => !warmed(runs.slice(0, i + 1)).goOn()) + 1;

it('goes on while a program gets faster, and ends when it no longer does', () => {
  const runs = [0.09, 0.05, 0.03, 0.021, 0.02, 0.02, 0.021, 0.02, 0.02, 0.021];
  expect(endsAfter(runs)).toBe(9);
  expect(warmed(runs).of('a')).toEqual({ runs: 10, steady: true });
  expect(warmed(runs.slice(0, 4)).of('a').steady).toBe(false);
});

it('sees a program that gets faster by a little each time', () => {
  const each = (share: number, first: number, runs = 10) => Array.from({ length: runs }, (_, i) => first * share ** i);
  expect(endsAfter(each(0.951, 0.4))).toBe(0);
  expect(warmed(each(0.951, 0.4)).of('a')).toEqual({ runs: 10, steady: false });
  expect(warmed(each(0.951, 0.2, 2)).of('a').steady).toBe(false);
  expect(endsAfter(each(0.98, 0.4))).toBe(0);
  expect(endsAfter(each(0.985, 0.08))).toBe(0);
  // What is slower than that it cannot see.
  expect(endsAfter(each(0.99, 0.4))).toBe(4);
  // One that gets faster in steps of a few runs.
  expect(endsAfter([0.4, 0.4, 0.3, 0.3, 0.2, 0.2, 0.2, 0.2])).toBe(8);
});

it('takes a disturbed run for no change', () => {
  expect(warmed([0.05, 0.02, 0.08, 0.02, 0.03, 0.02, 0.021]).goOn()).toBe(false);
  expect(warmed([0.4, 0.9, 0.4, 0.41]).goOn()).toBe(false);
  // But one that was disturbed while the program still got faster ends nothing.
  expect(warmed([0.05, 0.08, 0.03]).of('a').steady).toBe(false);
});

it('asks for fewer runs where they are long, and says what it can of too few', () => {
  expect(endsAfter([0.5, 0.5, 0.5, 0.5])).toBe(4);
  expect(endsAfter([0.05, 0.05, 0.05, 0.05, 0.05, 0.05])).toBe(6);
  expect(warmed([0.5, 0.5]).of('a')).toEqual({ runs: 2, steady: true });
  expect(warmed([0.5]).of('a')).toEqual({ runs: 1, steady: false });
});

it('waits for the last of several contenders', () => {
  const warmUp = warmed([0.02, 0.02, 0.02, 0.02, 0.02, 0.02]);
  expect(warmUp.goOn()).toBe(false);
  for (const seconds of [0.04, 0.04, 0.04, 0.04, 0.03, 0.02]) warmUp.add('b', seconds);
  expect(warmUp.goOn()).toBe(true);
  expect(warmUp.of('a').steady).toBe(true);
});

it('gives up after its time or its rounds, and says that it is not steady', () => {
  const faster = Array.from({ length: 40 }, (_, i) => 0.9 ** i);
  const ends = faster.findIndex((_, i) => !warmed(faster.slice(0, i + 1)).goOn());
  expect(ends).toBe(20);
  expect(warmed(faster.slice(0, 21)).of('a')).toEqual({ runs: 21, steady: false });
  expect(warmed([9, 8, 7], true).goOn()).toBe(false);
  expect(warmed([9, 8, 7]).goOn()).toBe(true);
  // What is not timed takes its time, too.
  const slow = new WarmUp(true);
  for (const seconds of [0.3, 0.2]) slow.add('a', seconds, 3);
  expect(slow.goOn()).toBe(true);
  slow.add('a', 0.1, 3);
  expect(slow.goOn()).toBe(false);
});
