import { defineJob, type State, StateSpec, seconds } from '@millrace/core';
import { type Auction, type Bid, isBid, type NexmarkEvent } from '../generator/events.ts';
import { elements } from './elements.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { WideBidRow } from './rows.ts';

const CATEGORY = 10;
const NONE: WideBidRow[] = [];
const NOBODY: readonly Bid[] = [];

/** What is known of an auction: all of it, that it is of another category, or, until it opens, the bids that wait for it. */
type Known = Auction | 'other' | readonly Bid[];

/**
 * q20: bids for auctions of category 10, with the auction. Bids may come before their auction: they wait until it opens, whatever its
 * category, so that the state has an entry for each auction and nothing that waits in vain. A batch's events are grouped first:
 * the state is then asked once for each auction, not for each bid.
 */
export default defineJob({ name: 'nexmark-q20', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function((_id: number, fresh: (Auction | Bid)[] | null, state: State<Known>): WideBidRow[] => {
    if (fresh === null) return NONE;
    const before = state.getOption();
    if (before === 'other') return NONE;
    const known = before !== null && 'category' in before ? before : null;
    const auction = known ?? fresh.find((event) => event.kind === 'auction');
    const waiting = before === null || before === known ? NOBODY : (before as readonly Bid[]);
    if (auction === undefined) {
      state.update([...waiting, ...fresh.filter(isBid)]);
      return NONE;
    }
    if (auction.category !== CATEGORY) {
      state.update('other');
      return NONE;
    }
    if (known === null) state.update(auction);
    const rows = waiting.map((bid) => wideRow(bid, auction));
    for (const event of fresh) if (event.kind === 'bid') rows.push(wideRow(event, auction));
    return rows;
  });
  const output = events
    .filter((event: NexmarkEvent): event is Auction | Bid => event.kind !== 'person')
    .map((event) => [event.kind === 'bid' ? event.auction : event.id, event])
    .groupByKey()
    .mapWithState(spec, { name: 'q20-auctions' })
    .flatMap(elements);
  return { queue, output };
});

function wideRow(bid: Bid, auction: Auction): WideBidRow {
  return {
    auction: bid.auction,
    bidder: bid.bidder,
    price: bid.price,
    channel: bid.channel,
    url: bid.url,
    bidDateTime: bid.dateTime,
    bidExtra: bid.extra,
    itemName: auction.itemName,
    description: auction.description,
    initialBid: auction.initialBid,
    reserve: auction.reserve,
    auctionDateTime: auction.dateTime,
    expires: auction.expires,
    seller: auction.seller,
    category: auction.category,
    auctionExtra: auction.extra,
  };
}
