/** q0, q1, q7: a bid without what says where it was made. */
export interface BidRow {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
  readonly extra: string;
}

/** q2 */
export interface PriceRow {
  readonly auction: number;
  readonly price: number;
}

/** q3: who sells something, with the id of the auction. */
export interface SellerRow {
  readonly name: string;
  readonly city: string;
  readonly state: string;
  readonly id: number;
}

/** q4: the average of the highest bids of a category's auctions, rounded down. */
export interface CategoryRow {
  readonly category: number;
  readonly final: number;
}

/** q5: an auction with most bids in a window, and how many. */
export interface HotItemRow {
  readonly auction: number;
  readonly num: number;
}

/** q6: what a seller's last 10 closed auctions went for on average, rounded down. */
export interface SellerAverageRow {
  readonly seller: number;
  readonly avgPrice: number;
}

/** q8: somebody who registered and sold in the same window, and when that began. */
export interface NewUserRow {
  readonly id: number;
  readonly name: string;
  readonly startTime: number;
}

/** q9: an auction with its winning bid. */
export interface WinningBidRow {
  readonly id: number;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly dateTime: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly bidDateTime: number;
  readonly bidExtra: string;
}

/** q11, q12: how often somebody has bid in a session or window. */
export interface BidCountRow {
  readonly bidder: number;
  readonly bidCount: number;
  readonly startTime: number;
  /** Exclusive; of a session, 10 s after its last bid. */
  readonly endTime: number;
}

/** q13: a bid with what the side input says of its auction. */
export interface EnrichedRow {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly dateTime: number;
  readonly value: string;
}

/** q14: a bid with what was calculated of it. */
export interface CalculatedRow extends BidRow {
  readonly bidTimeType: 'dayTime' | 'nightTime' | 'otherTime';
  readonly cCounts: number;
}

/** How many there are of something: in all, and with prices below 10,000, below 1,000,000, and above. */
export interface RankCounts {
  readonly total: number;
  readonly rank1: number;
  readonly rank2: number;
  readonly rank3: number;
}

/** q15: the bids of a day, and how many different bidders and auctions they have. */
export interface DayRow {
  readonly day: string;
  readonly bids: RankCounts;
  readonly bidders: RankCounts;
  readonly auctions: RankCounts;
}

/** q16: the same for each channel, with the time of its last bid, HH:mm. */
export interface ChannelDayRow extends DayRow {
  readonly channel: string;
  readonly minute: string;
}

/** q17: the bids of an auction in a day. */
export interface AuctionDayRow {
  readonly auction: number;
  readonly day: string;
  readonly bids: RankCounts;
  readonly minPrice: number;
  readonly maxPrice: number;
  /** Rounded down. */
  readonly avgPrice: number;
  readonly sumPrice: number;
}

/** A bid with all that it has. */
export interface FullBidRow extends BidRow {
  readonly channel: string;
  readonly url: string;
}

/** q19: the up to 10 highest bids of an auction, highest first; of equal ones the earlier first. The rank is the place in the list. */
export interface TopBidsRow {
  readonly auction: number;
  readonly bids: readonly Omit<FullBidRow, 'auction'>[];
}

/** q20: a bid with its auction. */
export interface WideBidRow {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly bidDateTime: number;
  readonly bidExtra: string;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly auctionDateTime: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly auctionExtra: string;
}
