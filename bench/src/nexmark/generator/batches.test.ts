import { expect, it } from 'vitest';
import { EventBatches } from './batches.ts';
import { NexmarkGenerator } from './generator.ts';

it('cuts the events so that batch time is event time', () => {
  for (const rate of [7, 333, 10_000]) {
    const baseTime = 70_000;
    const generator = new NexmarkGenerator({ rate, baseTime });
    const batches = new EventBatches(generator, 2500, 200);
    let next = 0;
    for (let k = 0; k < batches.count; k++) {
      const { from, to } = batches.rangeOf(k);
      expect(from, `rate ${rate}, batch ${k}`).toBe(next);
      next = to;
      for (const { dateTime } of batches.eventsOf(k)) {
        expect(Math.floor((dateTime - baseTime) / 200), `rate ${rate}, batch ${k}`).toBe(k);
      }
    }
    expect(next).toBe(2500);
    expect(batches.eventsOf(batches.count - 1).length).toBeGreaterThan(0);
    expect(batches.eventsOf(batches.count)).toEqual([]);
  }
});

it('goes on until the last window, session and auction has ended', () => {
  expect(new EventBatches(new NexmarkGenerator(), 10, 1000).drain).toBe(16);
  // 1,666 events of 10 ms are 16.66 s, and auctions last twice as long at most.
  expect(new EventBatches(new NexmarkGenerator({ rate: 100 }), 10, 1000).drain).toBe(36);
});

it('refuses what would make event time another one than batch time', () => {
  const of =
    (options: object, events = 10, interval = 1000) =>
    () =>
      new EventBatches(new NexmarkGenerator(options), events, interval);
  expect(of({ outOfOrderGroupSize: 3 })).toThrow(/outOfOrderGroupSize is 3.*Give 1/);
  expect(of({ baseTime: 5000 })).toThrow(/baseTime is 5000: give a multiple of 10000/);
  expect(of({}, -1)).toThrow(/cannot be -1 events/);
  expect(of({}, 10, 300)).toThrow(/interval is 300 ms: give one that divides/);
});
