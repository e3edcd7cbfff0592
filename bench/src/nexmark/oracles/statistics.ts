import type { Bid, NexmarkEvent } from '../generator/events.ts';
import type { AuctionDayRow, ChannelDayRow, DayRow, FullBidRow, RankCounts, TopBidsRow } from '../queries/rows.ts';
import { ensured } from './ensured.ts';

const DAY_MS = 86_400_000;
const dayText = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const rankOf = (price: number) => (price < 10_000 ? 1 : price < 1_000_000 ? 2 : 3);

/** Counts bids and the different bidders and auctions in them; index 0 is all prices, 1 to 3 are ranks. */
class Statistics {
  readonly #bids = [0, 0, 0, 0];
  readonly #bidders = Array.from({ length: 4 }, () => new Set<number>());
  readonly #auctions = Array.from({ length: 4 }, () => new Set<number>());

  add({ price, bidder, auction }: Bid): void {
    const rank = rankOf(price);
    this.#bids[0]! += 1;
    this.#bids[rank]! += 1;
    this.#bidders[0]!.add(bidder);
    this.#bidders[rank]!.add(bidder);
    this.#auctions[0]!.add(auction);
    this.#auctions[rank]!.add(auction);
  }

  counts(): Omit<DayRow, 'day'> {
    const sizes = (sets: readonly Set<number>[]) => asCounts(sets.map((set) => set.size));
    return { bids: asCounts(this.#bids), bidders: sizes(this.#bidders), auctions: sizes(this.#auctions) };
  }
}

function asCounts([total = 0, rank1 = 0, rank2 = 0, rank3 = 0]: readonly number[]): RankCounts {
  return { total, rank1, rank2, rank3 };
}

/** Bids of each day. */
export function q15(events: readonly NexmarkEvent[]): DayRow[] {
  const days = new Map<number, Statistics>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const day = Math.floor(event.dateTime / DAY_MS);
    ensured(days, day, () => new Statistics()).add(event);
  }
  return Array.from(days, ([day, statistics]) => ({ day: dayText(day), ...statistics.counts() }));
}

/** Bids of each channel and day. */
export function q16(events: readonly NexmarkEvent[]): ChannelDayRow[] {
  const days = new Map<number, Map<string, { statistics: Statistics; last: number }>>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { channel, dateTime } = event;
    const day = Math.floor(dateTime / DAY_MS);
    const channels = ensured(days, day, () => new Map<string, { statistics: Statistics; last: number }>());
    const found = ensured(channels, channel, () => ({ statistics: new Statistics(), last: 0 }));
    found.statistics.add(event);
    found.last = Math.max(found.last, dateTime);
  }
  return [...days].flatMap(([day, channels]) =>
    Array.from(channels, ([channel, { statistics, last }]) => {
      const minute = new Date(last).toISOString().slice(11, 16);
      return { channel, day: dayText(day), minute, ...statistics.counts() };
    }),
  );
}

interface AuctionDay {
  readonly bids: number[];
  min: number;
  max: number;
  sum: number;
}

/** Bids of each auction and day. */
export function q17(events: readonly NexmarkEvent[]): AuctionDayRow[] {
  const days = new Map<number, Map<number, AuctionDay>>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { auction, dateTime, price } = event;
    const day = Math.floor(dateTime / DAY_MS);
    const auctions = ensured(days, day, () => new Map<number, AuctionDay>());
    const found = ensured(auctions, auction, () => ({ bids: [0, 0, 0, 0], min: price, max: price, sum: 0 }));
    found.bids[0]! += 1;
    found.bids[rankOf(price)]! += 1;
    found.min = Math.min(found.min, price);
    found.max = Math.max(found.max, price);
    found.sum += price;
  }
  return [...days].flatMap(([day, auctions]) =>
    Array.from(auctions, ([auction, { bids, min: minPrice, max: maxPrice, sum: sumPrice }]) => {
      const avgPrice = Math.floor(sumPrice / bids[0]!);
      return { auction, day: dayText(day), bids: asCounts(bids), minPrice, maxPrice, avgPrice, sumPrice };
    }),
  );
}

/** The last bid of everybody for each auction. */
export function q18(events: readonly NexmarkEvent[]): FullBidRow[] {
  const last = new Map<number, Map<number, Bid>>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    ensured(last, event.bidder, () => new Map<number, Bid>()).set(event.auction, event);
  }
  return [...last.values()].flatMap((ofBidder) => Array.from(ofBidder.values(), fullRow));
}

/** The 10 highest bids for each auction. */
export function q19(events: readonly NexmarkEvent[]): TopBidsRow[] {
  const top = new Map<number, Bid[]>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const bids = ensured(top, event.auction, (): Bid[] => []);
    if (bids.length === 10 && bids[9]!.price >= event.price) continue;
    let at = bids.length;
    while (at > 0 && bids[at - 1]!.price < event.price) at--;
    bids.splice(at, 0, event);
    if (bids.length > 10) bids.pop();
  }
  return Array.from(top, ([auction, bids]) => ({
    auction,
    bids: bids.map(({ bidder, price, channel, url, dateTime, extra }) => ({
      bidder,
      price,
      channel,
      url,
      dateTime,
      extra,
    })),
  }));
}

function fullRow({ auction, bidder, price, channel, url, dateTime, extra }: Bid): FullBidRow {
  return { auction, bidder, price, channel, url, dateTime, extra };
}
