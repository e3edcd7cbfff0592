import { defineJob, type State, StateSpec, seconds, type Time } from '@millrace/core';
import type { Auction, Bid, NexmarkEvent } from '../generator/events.ts';
import { elements } from './elements.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { WideBidRow } from './rows.ts';

const CATEGORY = 10;

/** What is known of an auction: all of it, that it is of another category, or, until it opens, the bids that wait for it. */
type Known = Auction | 'other' | readonly Bid[];

/**
 * q20: bids for auctions of category 10, with the auction. Bids may come before their auction: they wait until it opens, whatever its
 * category, so that the state has an entry for each auction and nothing that waits in vain.
 */
export default defineJob({ name: 'nexmark-q20', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (_time: Time, _id: number, event: Auction | Bid | null, state: State<Known>): WideBidRow[] | null => {
      if (event === null) return null;
      const known = state.getOption();
      if (known === 'other') return null;
      if (event.kind === 'bid') {
        if (known !== null && 'category' in known) return [wideRow(event, known)];
        state.update([...(known ?? []), event]);
        return null;
      }
      if (event.category !== CATEGORY) {
        state.update('other');
        return null;
      }
      state.update(event);
      return known === null || 'category' in known ? null : known.map((bid) => wideRow(bid, event));
    },
  );
  const output = events
    .filter((event: NexmarkEvent): event is Auction | Bid => event.kind !== 'person')
    .map((event) => [event.kind === 'bid' ? event.auction : event.id, event])
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
