import type { NexmarkEvent } from '../generator/events.ts';
import type { BidCountRow, BidRow, HotItemRow } from '../queries/rows.ts';
import { ensured } from './ensured.ts';

const SECOND = 1000;

/** The auctions with most bids in each window of 10 s, one beginning every 2 s. */
export function q5(events: readonly NexmarkEvent[]): HotItemRow[] {
  const panes = new Map<number, Map<number, number>>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const pane = Math.floor(event.dateTime / (2 * SECOND));
    const counts = ensured(panes, pane, () => new Map<number, number>());
    counts.set(event.auction, (counts.get(event.auction) ?? 0) + 1);
  }
  const rows: HotItemRow[] = [];
  const times = [...panes.keys()];
  for (let first = Math.min(...times) - 4; first <= Math.max(...times); first++) {
    const counts = new Map<number, number>();
    for (let pane = first; pane < first + 5; pane++) {
      for (const [auction, n] of panes.get(pane) ?? []) counts.set(auction, (counts.get(auction) ?? 0) + n);
    }
    let most = 1;
    for (const num of counts.values()) most = Math.max(most, num);
    for (const [auction, num] of counts) if (num === most) rows.push({ auction, num });
  }
  return rows;
}

/** The highest bids of each 10 s. */
export function q7(events: readonly NexmarkEvent[]): BidRow[] {
  const windows = new Map<number, BidRow[]>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const window = Math.floor(event.dateTime / (10 * SECOND));
    const best = ensured(windows, window, (): BidRow[] => []);
    const highest = best[0]?.price ?? 0;
    if (event.price < highest) continue;
    if (event.price > highest) best.length = 0;
    const { auction, bidder, price, dateTime, extra } = event;
    best.push({ auction, bidder, price, dateTime, extra });
  }
  return [...windows.values()].flat();
}

/** How often everybody bid in each of their sessions, which end after more than 10 s without a bid. */
export function q11(events: readonly NexmarkEvent[]): BidCountRow[] {
  const open = new Map<number, { count: number; first: number; last: number }>();
  const rows: BidCountRow[] = [];
  const close = (bidder: number, { count, first, last }: { count: number; first: number; last: number }) =>
    rows.push({ bidder, bidCount: count, startTime: first, endTime: last + 10 * SECOND });
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const { bidder, dateTime } = event;
    const session = open.get(bidder);
    if (session !== undefined && dateTime - session.last <= 10 * SECOND) {
      session.count += 1;
      session.last = dateTime;
      continue;
    }
    if (session !== undefined) close(bidder, session);
    open.set(bidder, { count: 1, first: dateTime, last: dateTime });
  }
  for (const [bidder, session] of open) close(bidder, session);
  return rows;
}

/** How often everybody bid in each 10 s. */
export function q12(events: readonly NexmarkEvent[]): BidCountRow[] {
  const windows = new Map<number, Map<number, number>>();
  for (const event of events) {
    if (event.kind !== 'bid') continue;
    const window = Math.floor(event.dateTime / (10 * SECOND));
    const counts = ensured(windows, window, () => new Map<number, number>());
    counts.set(event.bidder, (counts.get(event.bidder) ?? 0) + 1);
  }
  const rows: BidCountRow[] = [];
  for (const [window, counts] of windows) {
    const startTime = window * 10 * SECOND;
    for (const [bidder, bidCount] of counts) {
      rows.push({ bidder, bidCount, startTime, endTime: startTime + 10 * SECOND });
    }
  }
  return rows;
}
