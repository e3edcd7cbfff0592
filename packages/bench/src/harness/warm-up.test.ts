import { expect, it } from 'vitest';
import { WarmUp } from './warm-up.ts';

function warmed(runs: readonly number[], quick = false): WarmUp {
  const warmUp = new WarmUp(quick);
  for (const seconds of runs) warmUp.add('a', seconds);
  return warmUp;
}

it('goes on while a program gets faster, and ends when it no longer does', () => {
  const runs = [0.09, 0.05, 0.03, 0.021, 0.02, 0.02, 0.021];
  const ends = runs.findIndex((_, i) => !warmed(runs.slice(0, i + 1)).goOn());
  expect(ends).toBe(5);
  expect(warmed(runs).of('a')).toEqual({ runs: 7, steady: true });
  expect(warmed(runs.slice(0, 4)).of('a').steady).toBe(false);
});

it('takes a disturbed run for no change', () => {
  expect(warmed([0.05, 0.02, 0.08, 0.02]).of('a').steady).toBe(true);
  // But one that was disturbed while the program still got faster ends nothing.
  expect(warmed([0.05, 0.08, 0.03]).of('a').steady).toBe(false);
});

it('believes one run where runs are long', () => {
  expect(warmed([0.5, 0.5]).goOn()).toBe(false);
  expect(warmed([0.05, 0.05]).goOn()).toBe(true);
});

it('waits for the last of several contenders', () => {
  const warmUp = warmed([0.02, 0.02, 0.02]);
  for (const seconds of [0.04, 0.03, 0.02]) warmUp.add('b', seconds);
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
});
