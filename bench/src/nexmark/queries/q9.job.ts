import { defineJob, seconds } from '@millrace/core';
import type { Bid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { WinningBidRow } from './rows.ts';
import { type Winning, winningBids } from './winning-bids.ts';

/** q9: each auction with its winning bid; a row whenever that has changed in a batch. */
export default defineJob({ name: 'nexmark-q9', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const output = winningBids(events, 'q9-auctions')
    .filter(([, { changed }]) => changed)
    .map(([, winning]) => winningBidRow(winning));
  return { queue, output };
});

function winningBidRow({ auction, bid }: Winning): WinningBidRow {
  const { id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra } = auction;
  // What has changed is a bid.
  const { bidder, price, dateTime: bidDateTime, extra: bidExtra } = bid as Bid;
  return {
    id,
    itemName,
    description,
    initialBid,
    reserve,
    dateTime,
    expires,
    seller,
    category,
    extra,
    auction: id,
    bidder,
    price,
    bidDateTime,
    bidExtra,
  };
}
