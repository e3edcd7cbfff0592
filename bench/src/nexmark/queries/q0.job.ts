import { defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { bidRow } from './bid-row.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';

/** q0: bids as they are. */
export default defineJob({ name: 'nexmark-q0', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events.filter(isBid).map(bidRow);
  return { queue, output };
});
