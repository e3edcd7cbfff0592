import type { DStream, Time } from '@millrace/core';
import type { Auction, Bid, NexmarkEvent } from '../generator/events.ts';

/** An auction, and the highest bid for it so far. */
export interface Winning {
  readonly auction: Auction;
  /** The highest so far, of equal ones the earliest; null where there is none. */
  readonly bid: Bid | null;
  /** True in the batch in which the bid has changed. */
  readonly changed: boolean;
  /** What the highest price was before this batch, 0 without a bid. */
  readonly before: number;
  /** True in the batch that ends the auction; the next one forgets it. */
  readonly closed: boolean;
}

/**
 * After each batch the auctions that are open, and those that it has closed, with the highest bid for each while it was open.
 *
 * The state is what is open: all of it is looked at in every batch, since any of it may close. A bid for an auction that is not
 * known counts only if the auction opens in the same millisecond, which is in the same batch: no bid has to wait.
 * @param name of the state
 */
export function winningBids(events: DStream<NexmarkEvent>, name: string): DStream<[number, Winning]> {
  return events
    .filter((event: NexmarkEvent): event is Auction | Bid => event.kind !== 'person')
    .map((event) => [event.kind === 'bid' ? event.auction : event.id, event])
    .updateStateByKeyWithTime(
      (time: Time, _id: number, fresh: (Auction | Bid)[], state: Winning | null) =>
        state?.closed ? null : next(fresh, state, time.milliseconds),
      { name },
    );
}

function next(fresh: readonly (Auction | Bid)[], state: Winning | null, time: number): Winning | null {
  const auction = state?.auction ?? fresh.find((event) => event.kind === 'auction');
  if (auction === undefined) return null;
  const before = state?.bid ?? null;
  let bid = before;
  for (const event of fresh) {
    if (event.kind !== 'bid' || (bid !== null && event.price <= bid.price)) continue;
    if (event.dateTime >= auction.dateTime && event.dateTime <= auction.expires) bid = event;
  }
  const changed = bid !== before;
  const closed = auction.expires < time;
  if (state !== null && !changed && !state.changed && !closed) return state;
  return { auction, bid, changed, before: before?.price ?? 0, closed };
}
