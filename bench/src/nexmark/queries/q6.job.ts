import { defineJob, type State, StateSpec, seconds } from '@millrace/core';
import { elements } from './elements.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { SellerAverageRow } from './rows.ts';
import { winningBids } from './winning-bids.ts';

const LAST = 10;

/** An auction that has closed with a bid. */
interface Sale {
  readonly id: number;
  readonly expires: number;
  readonly price: number;
}

/** q6: for each auction that closes with a bid, the average of what its seller's last 10 went for. The state has 10 prices of each seller. */
export default defineJob({ name: 'nexmark-q6', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (seller: number, sales: Sale[] | null, state: State<readonly number[]>): SellerAverageRow[] => {
      let last = state.getOption() ?? [];
      const inOrder = [...(sales ?? [])].sort((a, b) => a.expires - b.expires || a.id - b.id);
      const rows = inOrder.map(({ price }) => {
        last = [...last, price].slice(-LAST);
        return { seller, avgPrice: Math.floor(last.reduce((a, b) => a + b) / last.length) };
      });
      state.update(last);
      return rows;
    },
  );
  const output = winningBids(events, 'q6-auctions')
    .flatMap(([id, { auction, bid, closed }]): [number, Sale][] =>
      closed && bid !== null ? [[auction.seller, { id, expires: auction.expires, price: bid.price }]] : [],
    )
    .groupByKey()
    .mapWithState(spec, { name: 'q6-sellers' })
    .flatMap(elements);
  return { queue, output };
});
