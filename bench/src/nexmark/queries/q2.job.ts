import { defineJob, seconds } from '@millrace/core';
import type { Bid, NexmarkEvent } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { PriceRow } from './rows.ts';

/** q2: bids for every 123rd auction. */
export default defineJob({ name: 'nexmark-q2', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter((event: NexmarkEvent): event is Bid => event.kind === 'bid' && event.auction % 123 === 0)
    .map(({ auction, price }): PriceRow => ({ auction, price }));
  return { queue, output };
});
