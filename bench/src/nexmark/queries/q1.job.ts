import { defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { inEuros } from './euros.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { BidRow } from './rows.ts';

/** q1: bids with prices in euros. */
export default defineJob({ name: 'nexmark-q1', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events.filter(isBid).map(({ auction, bidder, price, dateTime, extra }): BidRow => {
    return { auction, bidder, price: inEuros(price), dateTime, extra };
  });
  return { queue, output };
});
