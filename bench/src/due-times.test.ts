import { expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

it('counts all that a stall makes late, and goes on by the plan of the begin', () => {
  const due = new DueTimes(10, 1000);
  expect(due.done(1009)).toBe(1);
  expect(due.late).toEqual([]);
  expect(due.done(1012)).toBe(8);
  // Due at 1020, 1030 and 1040.
  expect(due.done(1045)).toBe(5);
  expect(due.done(1050)).toBe(10);
  expect(due.late).toEqual([2, 25, 15, 5, 0]);
});
