import { defineAggregate, defineJob, seconds } from '@millrace/core';
import { type Bid, isBid } from '../generator/events.ts';
import { bidRow } from './bid-row.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';

/** All bids with the highest price. */
const highest = defineAggregate<Bid, Bid[], Bid[]>({
  name: 'highest',
  create: () => [],
  add: addTo,
  merge: (a, b) => b.reduce(addTo, a),
  finish: (best) => best,
});

function addTo(best: Bid[], bid: Bid): Bid[] {
  const price = best.length === 0 ? 0 : (best[0] as Bid).price;
  if (bid.price > price) return [bid];
  if (bid.price === price) best.push(bid);
  return best;
}

/** Of two lists that stay as they are. */
function merged(a: Bid[], b: Bid[]): Bid[] {
  return b.reduce(addTo, a.slice());
}

/** q7: the highest bids of every 10 s, from the highest of each batch. */
export default defineJob({ name: 'nexmark-q7', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter(isBid)
    .aggregate(highest)
    .window(seconds(10), seconds(10))
    .reduce(merged)
    .flatMap((best) => best.map(bidRow));
  return { queue, output };
});
