import { defineJob, type State, StateSpec, seconds } from '@millrace/core';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { CategoryRow } from './rows.ts';
import { winningBids } from './winning-bids.ts';

interface Totals {
  readonly sum: number;
  readonly count: number;
}

/** q4: the average of the highest bids of each category's auctions; a row for each category in which one has changed. */
export default defineJob({ name: 'nexmark-q4', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function((category: number, gain: Totals | null, state: State<Totals>): CategoryRow => {
    const totals = plus(state.getOption() ?? { sum: 0, count: 0 }, gain ?? { sum: 0, count: 0 });
    state.update(totals);
    return { category, final: Math.floor(totals.sum / totals.count) };
  });
  const output = winningBids(events, 'q4-auctions')
    .filter(([, { changed }]) => changed)
    .map(([, { auction, bid, before }]) => [
      auction.category,
      { sum: (bid?.price ?? 0) - before, count: before === 0 ? 1 : 0 },
    ])
    .reduceByKey(plus)
    .mapWithState(spec, { name: 'q4-categories' });
  return { queue, output };
});

function plus(a: Totals, b: Totals): Totals {
  return { sum: a.sum + b.sum, count: a.count + b.count };
}
