import type { Bid } from '../generator/events.ts';
import type { BidRow } from './rows.ts';

/** A bid without what says where it was made. */
export function bidRow({ auction, bidder, price, dateTime, extra }: Bid): BidRow {
  return { auction, bidder, price, dateTime, extra };
}
