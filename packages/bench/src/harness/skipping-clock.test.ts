import { ManualClock } from '@millrace/core/testing';
import { expect, it } from 'vitest';
import { SkippingClock } from './skipping-clock.ts';

it('shows the time of the machine and what it has skipped, by both of its times', async () => {
  const machine = new ManualClock(1000);
  const clock = new SkippingClock(machine);
  const elapsed = clock.elapsed();
  clock.skip(500);
  await machine.advance(20);
  expect([clock.now(), clock.elapsed() - elapsed]).toEqual([1520, 520]);
});

it('calls back those who are due by what it skips at once, and the others when the rest has passed', async () => {
  const machine = new ManualClock(1000);
  const clock = new SkippingClock(machine);
  const heard: string[] = [];
  clock.at(1500, () => heard.push('1500'));
  clock.at(1800, () => heard.push('1800'));
  const cancel = clock.at(1900, () => heard.push('cancelled'));
  clock.skip(500);
  expect(heard).toEqual(['1500']);
  await machine.advance(299);
  expect(heard).toEqual(['1500']);
  await machine.advance(1);
  expect(heard).toEqual(['1500', '1800']);
  cancel();
  clock.skip(1000);
  await machine.advance(1000);
  expect(heard).toEqual(['1500', '1800']);
});

it('does not call back who was cancelled by another that was due at the same time', () => {
  const clock = new SkippingClock(new ManualClock(0));
  const heard: string[] = [];
  let cancel = () => {};
  clock.at(10, () => {
    heard.push('first');
    cancel();
  });
  cancel = clock.at(20, () => heard.push('second'));
  clock.skip(30);
  expect(heard).toEqual(['first']);
});
