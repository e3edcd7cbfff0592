import { expect, test } from 'vitest';
import { DueTimes } from './due-times.ts';

test('gives times back in order, across changes of the step', () => {
  const due = new DueTimes();
  const times = [100, 200, 300, 500, 700, 750, 800];
  times.forEach((time, i) => {
    due.push(time, time - (times[i - 1] ?? 0));
  });
  expect(due.size).toBe(7);
  expect(due.first()).toBe(100);
  const out: (number | undefined)[] = [];
  while (!due.isEmpty) out.push(due.shift());
  expect(out).toEqual(times);
  expect(due.shift()).toBeUndefined();
  expect(due.first()).toBeUndefined();
});

test('an hour of waiting is one span', () => {
  const due = new DueTimes();
  for (let t = 1; t <= 3600; t++) due.push(t * 1000, 1000);
  expect(due.size).toBe(3600);
  expect(due.shift()).toBe(1000);
  expect(due.size).toBe(3599);
  due.clear();
  expect(due.isEmpty).toBe(true);
});
