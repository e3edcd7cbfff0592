import type { NexmarkEvent } from '../generator/events.ts';
import type { BidRow, CalculatedRow, EnrichedRow, PriceRow } from '../queries/rows.ts';

const HOUR_MS = 3_600_000;

/** Bids as they are. */
export function q0(events: readonly NexmarkEvent[]): BidRow[] {
  const rows: BidRow[] = [];
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { auction, bidder, price, dateTime, extra } = event;
    rows.push({ auction, bidder, price, dateTime, extra });
  }
  return rows;
}

/** Prices in euros. */
export function q1(events: readonly NexmarkEvent[]): BidRow[] {
  const rows: BidRow[] = [];
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { auction, bidder, price, dateTime, extra } = event;
    rows.push({ auction, bidder, price: (price * 908) / 1000, dateTime, extra });
  }
  return rows;
}

/** Bids for every 123rd auction. */
export function q2(events: readonly NexmarkEvent[]): PriceRow[] {
  const rows: PriceRow[] = [];
  for (const event of events) {
    if (event.kind === 'bid' && event.auction % 123 === 0) rows.push({ auction: event.auction, price: event.price });
  }
  return rows;
}

/** Bids with the value of their auction's number, modulo 10,000, in a table in which each number has itself as a text. */
export function q13(events: readonly NexmarkEvent[]): EnrichedRow[] {
  const table = new Map<number, string>();
  for (let key = 0; key < 10_000; key++) table.set(key, `${key}`);
  const rows: EnrichedRow[] = [];
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { auction, bidder, price, dateTime } = event;
    const value = table.get(auction % 10_000);
    if (value !== undefined) rows.push({ auction, bidder, price, dateTime, value });
  }
  return rows;
}

/** Bids of middling prices in euros, with the time of day and the number of letters c. */
export function q14(events: readonly NexmarkEvent[]): CalculatedRow[] {
  const rows: CalculatedRow[] = [];
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { auction, bidder, dateTime, extra } = event;
    const price = (event.price * 908) / 1000;
    if (price <= 1_000_000 || price >= 50_000_000) continue;
    const hour = Math.floor(dateTime / HOUR_MS) % 24;
    const night = hour <= 6 || hour >= 20;
    const bidTimeType = hour >= 8 && hour <= 18 ? 'dayTime' : night ? 'nightTime' : 'otherTime';
    let cCounts = 0;
    for (let at = extra.indexOf('c'); at >= 0; at = extra.indexOf('c', at + 1)) cCounts += 1;
    rows.push({ auction, bidder, price, bidTimeType, dateTime, extra, cCounts });
  }
  return rows;
}
