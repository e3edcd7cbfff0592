import { defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { FullBidRow } from './rows.ts';

/**
 * q18: the last bid of everybody for each auction; a row whenever there is a newer one. Batches are in the order of time, so the
 * last bid of a batch is newer than all before: nothing has to be remembered.
 */
export default defineJob({ name: 'nexmark-q18', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter(isBid)
    .map((bid) => [`${bid.bidder} ${bid.auction}`, bid])
    .reduceByKey((_earlier, later) => later)
    .map(([, { auction, bidder, price, channel, url, dateTime, extra }]): FullBidRow => {
      return { auction, bidder, price, channel, url, dateTime, extra };
    });
  return { queue, output };
});
