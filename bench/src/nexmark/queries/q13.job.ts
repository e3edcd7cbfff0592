import { defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { EnrichedRow } from './rows.ts';

const ROWS = 10_000;

/** q13: bids joined with a bounded side input by the number of their auction, modulo its 10,000 rows. */
export default defineJob({ name: 'nexmark-q13', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  // As the original's program for it writes it: each number with itself.
  const side = ssc.broadcast('side-input', () =>
    Array.from({ length: ROWS }, (_, key): [number, string] => [key, String(key)]),
  );
  const output = events
    .filter(isBid)
    .map((bid) => [bid.auction % ROWS, bid])
    .joinBroadcast(side)
    .map(([, [{ auction, bidder, price, dateTime }, value]]): EnrichedRow => {
      return { auction, bidder, price, dateTime, value };
    });
  return { queue, output };
});
