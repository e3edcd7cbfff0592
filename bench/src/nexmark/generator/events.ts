/** Somebody who registers: may sell, and may bid. */
export interface Person {
  readonly kind: 'person';
  readonly id: number;
  readonly name: string;
  readonly emailAddress: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  /** Event time in ms since 1970, as everywhere. */
  readonly dateTime: number;
  /** Makes the event as large as events of its kind are. */
  readonly extra: string;
}

/** Something that is put up for sale. */
export interface Auction {
  readonly kind: 'auction';
  readonly id: number;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly dateTime: number;
  /** The last millisecond in which bids count. */
  readonly expires: number;
  /** Id of a person, who may register a little later. */
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
}

/** An offer for an auction. */
export interface Bid {
  readonly kind: 'bid';
  /** Id of an auction, which may open a little later. */
  readonly auction: number;
  /** Id of a person, who may register a little later. */
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly dateTime: number;
  readonly extra: string;
}

/** What Nexmark's generator makes, with the names of its tables. */
export type NexmarkEvent = Person | Auction | Bid;

/** True for bids: 46 of 50 events. */
export function isBid(event: NexmarkEvent): event is Bid {
  return event.kind === 'bid';
}

/** True for auctions: 3 of 50 events. */
export function isAuction(event: NexmarkEvent): event is Auction {
  return event.kind === 'auction';
}

/** True for persons: 1 of 50 events. */
export function isPerson(event: NexmarkEvent): event is Person {
  return event.kind === 'person';
}
