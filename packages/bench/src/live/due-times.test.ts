import { expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

it('spreads the records of each interval evenly', () => {
  const due = new DueTimes(10, [2, 0, 4, 1]);
  expect(due.total).toBe(7);
  expect(Array.from({ length: 7 }, (_, n) => due.of(n))).toEqual([0, 5, 20, 22.5, 25, 27.5, 30]);
});

it('counts those that are due, each from its time on', () => {
  const sizes = [2, 0, 4, 1];
  const due = new DueTimes(10, sizes);
  const at = (ms: number) => Array.from({ length: 7 }, (_, n) => due.of(n)).filter((each) => each <= ms).length;
  for (let ms = -5; ms < 50; ms += 0.5) expect(due.until(ms), `${ms} ms`).toBe(at(ms));
});
