import { expect, it } from 'vitest';
import { crossingBatches } from './crossing.ts';
import { q8 } from './oracles/joins.ts';
import { q15 } from './oracles/statistics.ts';
import { q11 } from './oracles/windows.ts';

const eventsOf = (seed: number) => {
  const batches = crossingBatches(seed, 20_000);
  return Array.from({ length: batches.count }, (_, k) => batches.eventsOf(k)).flat();
};

it.each([1, 2])('events of seed %i cross windows, and bidders pause for longer than a session may', (seed) => {
  const events = eventsOf(seed);
  expect(new Set(q8(events).map(({ startTime }) => startTime)).size).toBeGreaterThan(2);
  const sessions = q11(events);
  expect(new Set(sessions.map(({ bidder }) => bidder)).size).toBeLessThan(sessions.length);
});

it('events of an odd seed are of two days', () => {
  expect(new Set(q15(eventsOf(1)).map(({ day }) => day)).size).toBe(2);
});
