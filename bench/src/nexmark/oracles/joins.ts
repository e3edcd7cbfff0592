import type { Auction, Bid, NexmarkEvent, Person } from '../generator/events.ts';
import type {
  CategoryRow,
  NewUserRow,
  SellerAverageRow,
  SellerRow,
  WideBidRow,
  WinningBidRow,
} from '../queries/rows.ts';
import { ensured } from './ensured.ts';

/** Who sells in category 10 and lives in Oregon, Idaho or California. */
export function q3(events: readonly NexmarkEvent[]): SellerRow[] {
  const persons = new Map<number, Person>();
  for (const event of events) {
    if (event.kind !== 'person') continue;
    if (event.state === 'OR' || event.state === 'ID' || event.state === 'CA') persons.set(event.id, event);
  }
  const rows: SellerRow[] = [];
  for (const event of events) {
    if (event.kind !== 'auction' || event.category !== 10) continue;
    const person = persons.get(event.seller);
    if (person === undefined) continue;
    rows.push({ name: person.name, city: person.city, state: person.state, id: event.id });
  }
  return rows;
}

/** The average of the highest bids of each category's auctions. */
export function q4(events: readonly NexmarkEvent[]): CategoryRow[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { auction, bid } of winningBids(events)) {
    const totals = ensured(sums, auction.category, () => ({ sum: 0, count: 0 }));
    totals.sum += bid.price;
    totals.count += 1;
  }
  return Array.from(sums, ([category, { sum, count }]) => ({ category, final: Math.floor(sum / count) }));
}

/** After each auction that closes, in the order of closing: the average of its seller's last 10. */
export function q6(events: readonly NexmarkEvent[]): SellerAverageRow[] {
  const closed = winningBids(events).sort(({ auction: a }, { auction: b }) => a.expires - b.expires || a.id - b.id);
  const prices = new Map<number, number[]>();
  return closed.map(({ auction: { seller }, bid }) => {
    const last = ensured(prices, seller, (): number[] => []);
    if (last.push(bid.price) > 10) last.shift();
    return { seller, avgPrice: Math.floor(last.reduce((a, b) => a + b, 0) / last.length) };
  });
}

/** Who registered and sold something in the same 10 s. */
export function q8(events: readonly NexmarkEvent[]): NewUserRow[] {
  const windowOf = (event: NexmarkEvent) => Math.floor(event.dateTime / 10_000) * 10_000;
  const windows = new Map<number, Set<number>>();
  for (const event of events) {
    if (event.kind === 'auction') ensured(windows, windowOf(event), () => new Set<number>()).add(event.seller);
  }
  const rows: NewUserRow[] = [];
  for (const event of events) {
    if (event.kind !== 'person') continue;
    const startTime = windowOf(event);
    if (windows.get(startTime)?.has(event.id)) rows.push({ id: event.id, name: event.name, startTime });
  }
  return rows;
}

/** Each auction with its winning bid. */
export function q9(events: readonly NexmarkEvent[]): WinningBidRow[] {
  return winningBids(events).map(({ auction: { kind: _, ...columns }, bid }) => {
    const { auction, bidder, price, dateTime: bidDateTime, extra: bidExtra } = bid;
    return { ...columns, auction, bidder, price, bidDateTime, bidExtra };
  });
}

/** The highest bid of each auction while it was open; of equal ones the earliest. */
function winningBids(events: readonly NexmarkEvent[]): { auction: Auction; bid: Bid }[] {
  const auctions = new Map<number, Auction>();
  for (const event of events) if (event.kind === 'auction') auctions.set(event.id, event);
  const winners = new Map<number, { auction: Auction; bid: Bid }>();
  for (const bid of events) {
    if (bid.kind !== 'bid') continue;
    const auction = auctions.get(bid.auction);
    if (auction === undefined || bid.dateTime < auction.dateTime || bid.dateTime > auction.expires) continue;
    const best = winners.get(bid.auction);
    if (best === undefined) winners.set(bid.auction, { auction, bid });
    else if (best.bid.price < bid.price) best.bid = bid;
  }
  return [...winners.values()];
}

/** Bids for auctions of category 10, with the auction, whenever that opens or closes. */
export function q20(events: readonly NexmarkEvent[]): WideBidRow[] {
  const auctions = new Map<number, Auction>();
  for (const event of events) if (event.kind === 'auction' && event.category === 10) auctions.set(event.id, event);
  const rows: WideBidRow[] = [];
  for (const bid of events) {
    if (bid.kind !== 'bid') continue;
    const found = auctions.get(bid.auction);
    if (found === undefined) continue;
    const { auction, bidder, price, channel, url, dateTime: bidDateTime, extra: bidExtra } = bid;
    const { itemName, description, initialBid, reserve, dateTime: auctionDateTime, expires } = found;
    const { seller, category, extra: auctionExtra } = found;
    const ofBid = { auction, bidder, price, channel, url, bidDateTime, bidExtra };
    const ofAuction = { itemName, description, initialBid, reserve, auctionDateTime, expires };
    rows.push({ ...ofBid, ...ofAuction, seller, category, auctionExtra });
  }
  return rows;
}
