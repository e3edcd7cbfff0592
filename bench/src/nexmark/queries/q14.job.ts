import { defineJob, seconds } from '@millrace/core';
import type { Bid, NexmarkEvent } from '../generator/events.ts';
import { inEuros } from './euros.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { CalculatedRow } from './rows.ts';
import { bidTimeType, countChar } from './udf.ts';

/** q14: bids of middling prices with what user functions make of them. */
export default defineJob({ name: 'nexmark-q14', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter((event: NexmarkEvent): event is Bid => event.kind === 'bid' && isMiddling(inEuros(event.price)))
    .map(({ auction, bidder, price, dateTime, extra }): CalculatedRow => {
      return {
        auction,
        bidder,
        price: inEuros(price),
        bidTimeType: bidTimeType(dateTime),
        dateTime,
        extra,
        cCounts: countChar(extra, 'c'),
      };
    });
  return { queue, output };
});

function isMiddling(euros: number): boolean {
  return euros > 1_000_000 && euros < 50_000_000;
}
