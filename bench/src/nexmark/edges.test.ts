import { single } from '@millrace/backend-single';
import { seededRandom } from '@millrace/bench';
import { expect, it } from 'vitest';
import { canonical, firstDifference } from './canonical.ts';
import type { NexmarkEvent } from './generator/events.ts';
import { nexmarkQueries } from './queries.ts';
import { type QueryStreams, startNexmark } from './run.ts';

/*
 * Nexmark's events seldom meet the edges of the queries: equal prices and times, bids in the first and last millisecond of
 * an auction, gaps of exactly 10 s. These events do little else: few prices and people, and times that are halves of seconds.
 */

const SEED = Math.floor(Math.random() * 2 ** 32);
const ROUNDS = 6;
const BASE = 86_400_000 - 20_000;
const INTERVAL_MS = 1000;
const SECONDS = 50;
const PRICES = [100, 9999, 10_000, 999_999, 1_000_000, 1_101_322, 60_000_000];

function eventsOf(seed: number): NexmarkEvent[] {
  const random = seededRandom(seed);
  const int = (bound: number) => Math.floor(random() * bound);
  const oneOf = <T>(list: readonly T[]) => list[int(list.length)] as T;
  const events: NexmarkEvent[] = [];
  let [persons, auctions] = [0, 0];
  for (let half = 0; half < 2 * SECONDS; half++) {
    const dateTime = BASE + half * 500;
    // Some times are quiet, so that sessions end.
    const count = random() < 0.4 ? 0 : int(6);
    for (let i = 0; i < count; i++) {
      const extra = oneOf(['', 'c', 'abcc']);
      const draw = random();
      if (draw < 0.1) {
        const [id, state] = [++persons, oneOf(['OR', 'ID', 'CA', 'WA'])];
        events.push({
          kind: 'person',
          id,
          name: `n${id}`,
          emailAddress: '',
          creditCard: '',
          city: 'Bend',
          state,
          dateTime,
          extra,
        });
      } else if (draw < 0.35) {
        const id = ++auctions;
        const about = { itemName: `i${id}`, description: '', initialBid: 1, reserve: 2, extra };
        const [expires, seller, category] = [dateTime + 500 * int(20), 1 + int(persons + 3), 10 + int(2)];
        events.push({ kind: 'auction', id, ...about, dateTime, expires, seller, category });
      } else {
        const about = { channel: oneOf(['Apple', 'channel-1']), url: '', extra };
        const auction = Math.max(1, auctions + 2 - int(5));
        events.push({ kind: 'bid', auction, bidder: 1 + int(5), price: oneOf(PRICES), ...about, dateTime });
      }
    }
  }
  return events;
}

it.each(nexmarkQueries)('$id agrees with its oracle at the edges', async ({ id, job, oracle, compared }) => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = (SEED + round) % 2 ** 32;
    const events = eventsOf(seed);
    const rows: unknown[] = [];
    const run = await startNexmark<QueryStreams>(job, {
      backend: single(),
      params: {},
      baseTime: BASE,
      outputs: ({ output }) => ({ output }),
      sink: (_output, more) => rows.push(...more),
    });
    // 20 s behind the last event everything has ended.
    for (let k = 0; k < SECONDS + 20; k++) {
      const batchOf = (event: NexmarkEvent) => Math.floor((event.dateTime - BASE) / INTERVAL_MS);
      await run.batch(events.filter((event) => batchOf(event) === k));
    }
    await run.close();
    const difference = firstDifference(canonical(rows, compared), canonical(oracle(events), compared));
    expect(difference, `${id}, seed ${seed}`).toBeNull();
  }
});
