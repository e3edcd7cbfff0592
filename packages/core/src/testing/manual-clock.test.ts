import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

test('callbacks fire in the order of their times, at their times', async () => {
  const clock = new ManualClock(50);
  const fired: [string, number, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.now(), clock.elapsed()]);
  clock.at(300, note('c'));
  clock.at(100, note('a'));
  clock.at(100, note('b'));
  clock.at(400, note('late'));
  await clock.advance(250);
  expect(fired).toEqual([
    ['a', 100, 50],
    ['b', 100, 50],
    ['c', 300, 250],
  ]);
  expect(clock.now()).toBe(300);
  expect(clock.pending).toBe(1);
});

test('callbacks that a callback or its promises set fire on the way', async () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  const again = async () => {
    fired.push(clock.now());
    await Promise.resolve();
    clock.at(clock.now() + 10, again);
  };
  clock.at(10, again);
  await clock.setTo(35);
  expect(fired).toEqual([10, 20, 30]);
});

test('a cancelled callback does not fire, one for the past fires without a move', async () => {
  const clock = new ManualClock(10);
  const fired: string[] = [];
  clock.at(20, () => fired.push('cancelled'))();
  clock.at(5, () => fired.push('past'));
  clock.at(10, () => fired.push('cancelled past'))();
  await Promise.resolve();
  expect(fired).toEqual(['past']);
  await clock.advance(100);
  expect(fired).toEqual(['past']);
});

test('moves that overlap follow each other; time does not run backwards', async () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  for (const t of [10, 20, 30]) clock.at(t, () => fired.push(clock.now()));
  await Promise.all([clock.advance(15), clock.advance(15), clock.advance(0)]);
  expect(fired).toEqual([10, 20, 30]);
  await expect(clock.setTo(5)).rejects.toThrow('cannot be set to 5 ms');
  await clock.setTo(40);
  expect(clock.now()).toBe(40);
});

test('a callback that throws fails the move that fired it', async () => {
  const clock = new ManualClock();
  clock.at(1, () => {
    throw new Error('oops');
  });
  await expect(clock.advance(1)).rejects.toThrow('oops');
  await clock.advance(1);
  expect(clock.now()).toBe(2);
});

test('a clock that is set back says so to callbacks that wait, and fires them at their times', async () => {
  const clock = new ManualClock(100);
  const heard: unknown[] = [];
  clock.at(
    300,
    () => heard.push([clock.now(), clock.elapsed()]),
    (byMs) => heard.push(byMs),
  );
  await Promise.all([clock.advance(150), clock.setBack(200), clock.advance(100)]);
  expect([clock.now(), clock.elapsed(), heard]).toEqual([150, 250, [200]]);
  await clock.advance(150);
  expect(heard).toEqual([200, [300, 400]]);
});
