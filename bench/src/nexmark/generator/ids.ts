import type { NexmarkConfig } from './config.ts';
import type { EventRandom } from './random.ts';

/** Of 50 events one is a person, then come 3 auctions, then 46 bids. */
export const PROPORTIONS = { person: 1, auction: 3, bid: 46, total: 50 } as const;

/** Where the ids of the events begin. */
export const FIRST_PERSON_ID = 1000;
/** Likewise for auctions. */
export const FIRST_AUCTION_ID = 1000;
/** Likewise for categories. */
export const FIRST_CATEGORY_ID = 10;
/** How many categories there are. */
export const NUM_CATEGORIES = 5;

/** How many ids ahead of the last person sellers and bidders may be: events seem to have changed their order. */
const PERSON_ID_LEAD = 10;
/** Likewise for the auctions of bids. */
const AUCTION_ID_LEAD = 10;
/** Of so many ids in a row one is hot, for sellers, bidders and auctions. */
const HOT_EVERY = 100;

/** The newest person at an event, from 0. */
export function lastBase0PersonId(eventId: number): number {
  const epoch = Math.floor(eventId / PROPORTIONS.total);
  return epoch * PROPORTIONS.person + Math.min(eventId % PROPORTIONS.total, PROPORTIONS.person - 1);
}

/** The newest auction at an event, from 0; -1 before the first one. */
export function lastBase0AuctionId(eventId: number): number {
  const epoch = Math.floor(eventId / PROPORTIONS.total);
  const offset = eventId % PROPORTIONS.total;
  // A person: the last auction is that of the round before.
  if (offset < PROPORTIONS.person) return epoch * PROPORTIONS.auction - 1;
  return epoch * PROPORTIONS.auction + Math.min(offset - PROPORTIONS.person, PROPORTIONS.auction - 1);
}

/** Any of the active people, or one of the next few, from 0. */
export function nextBase0PersonId(eventId: number, random: EventRandom, config: NexmarkConfig): number {
  const people = lastBase0PersonId(eventId) + 1;
  const active = Math.min(people, config.numActivePeople);
  return people - active + random.int(active + PERSON_ID_LEAD);
}

/** Any of the auctions in flight, or one of the next few, from 0. */
export function nextBase0AuctionId(eventId: number, random: EventRandom, config: NexmarkConfig): number {
  const last = lastBase0AuctionId(eventId);
  const first = Math.max(last - config.numInFlightAuctions, 0);
  return first + random.int(last - first + 1 + AUCTION_ID_LEAD);
}

/** The hot one among the hundred that `last` is of: their first. */
export function hotBase0Id(last: number): number {
  return Math.floor(last / HOT_EVERY) * HOT_EVERY;
}
