import { defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { BidCountRow } from './rows.ts';

const WINDOW = seconds(10);

/** q12: how often everybody bid in every 10 s of processing time, which is batch time. */
export default defineJob({ name: 'nexmark-q12', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter(isBid)
    .map((bid) => [bid.bidder, 1])
    .reduceByKeyAndWindow((a, b) => a + b, WINDOW, WINDOW)
    .transform((counts, { milliseconds: endTime }) => {
      const startTime = endTime - WINDOW.milliseconds;
      return counts.map(([bidder, bidCount]): BidCountRow => ({ bidder, bidCount, startTime, endTime }));
    });
  return { queue, output };
});
