import { defineAggregate, defineJob, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { elements } from './elements.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { HotItemRow } from './rows.ts';

/** All auctions with the largest number. */
const hottest = defineAggregate<[auction: number, num: number], HotItemRow[], HotItemRow[]>({
  name: 'hottest',
  create: () => [],
  add: (best, [auction, num]) => addTo(best, { auction, num }),
  merge: (a, b) => b.reduce(addTo, a),
  finish: (best) => best,
});

function addTo(best: HotItemRow[], row: HotItemRow): HotItemRow[] {
  const most = best.length === 0 ? 0 : (best[0] as HotItemRow).num;
  if (row.num > most) return [row];
  if (row.num === most) best.push(row);
  return best;
}

/** q5: the auctions with most bids in the last 10 s, every 2 s. */
export default defineJob({ name: 'nexmark-q5', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = events
    .filter(isBid)
    .map((bid) => [bid.auction, 1])
    .reduceByKeyAndWindow((a, b) => a + b, seconds(10), seconds(2), {
      inverse: (a, b) => a - b,
      filter: ([, n]) => n > 0,
    })
    .aggregate(hottest)
    .flatMap(elements);
  return { queue, output };
});
