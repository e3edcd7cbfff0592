import { expect, it } from 'vitest';
import type { Auction, Bid, Person } from '../generator/events.ts';
import { q3, q4, q6, q8, q9, q20 } from './joins.ts';
import { q0, q1, q2, q13, q14 } from './narrow.ts';
import { q15, q16, q17, q18, q19 } from './statistics.ts';
import { q5, q7, q11, q12 } from './windows.ts';

/* What the queries mean, on events of which everything can be computed by hand. */

const bid = (auction: number, bidder: number, price: number, dateTime: number, more: Partial<Bid> = {}): Bid => ({
  ...{ kind: 'bid', auction, bidder, price, channel: 'Google', url: 'u', dateTime, extra: 'abcc', ...more },
});
const auction = (id: number, seller: number, dateTime: number, expires: number, category = 10): Auction => ({
  ...{ kind: 'auction', id, itemName: `item ${id}`, description: 'd', initialBid: 1, reserve: 2 },
  ...{ dateTime, expires, seller, category, extra: 'a' },
});
const person = (id: number, state: string, dateTime = 0): Person => ({
  ...{
    kind: 'person',
    id,
    name: `name ${id}`,
    emailAddress: 'e',
    creditCard: 'c',
    city: 'Bend',
    state,
    dateTime,
    extra: 'p',
  },
});

const HOUR = 3_600_000;

it('q0, q1, q2, q13: bids one by one', () => {
  const events = [person(1, 'OR'), bid(123, 5, 1000, 7), auction(3, 1, 8, 9), bid(10_001, 6, 3, 9)];
  const first = { auction: 123, bidder: 5, price: 1000, dateTime: 7, extra: 'abcc' };
  const second = { auction: 10_001, bidder: 6, price: 3, dateTime: 9, extra: 'abcc' };
  expect(q0(events)).toEqual([first, second]);
  expect(q1(events)).toEqual([
    { ...first, price: 908 },
    { ...second, price: 2.724 },
  ]);
  expect(q2(events)).toEqual([{ auction: 123, price: 1000 }]);
  expect(q13(events)).toEqual([
    { auction: 123, bidder: 5, price: 1000, dateTime: 7, value: '123' },
    { auction: 10_001, bidder: 6, price: 3, dateTime: 9, value: '1' },
  ]);
});

it('q14: prices between the bounds, parts of the day at their edges, and letters', () => {
  // 0.908 times 1,101,321 is 999,999.468, and times 1,101,322 is 1,000,000.376.
  expect(q14([bid(1, 1, 1_101_321, 0), bid(1, 1, 1_101_322, 0), bid(1, 1, 55_066_080, 0)]).map((r) => r.price)).toEqual(
    [1_000_000.376],
  );
  const labels = [6, 7, 8, 18, 19, 20, 30].map((hour) => q14([bid(1, 1, 2_000_000, hour * HOUR + 1)])[0]);
  const [night, day, other] = ['nightTime', 'dayTime', 'otherTime'];
  expect(labels.map((row) => row?.bidTimeType)).toEqual([night, other, day, day, other, night, night]);
  expect(labels[0]?.cCounts).toBe(2);
});

it('q3: sellers of category 10 in three states, whichever comes first', () => {
  const events = [auction(1, 8, 0, 9), auction(2, 8, 0, 9, 11), person(8, 'ID'), person(9, 'WA'), auction(3, 9, 0, 9)];
  expect(q3([...events, auction(4, 8, 0, 9)])).toEqual([
    { name: 'name 8', city: 'Bend', state: 'ID', id: 1 },
    { name: 'name 8', city: 'Bend', state: 'ID', id: 4 },
  ]);
});

const market = [
  bid(1, 5, 99, 9),
  bid(1, 6, 50, 10),
  auction(1, 7, 10, 20, 12),
  auction(2, 7, 10, 15, 12),
  bid(1, 8, 60, 20),
  bid(2, 9, 30, 15),
  bid(2, 5, 30, 15),
  bid(1, 9, 99, 21),
  auction(3, 7, 30, 40, 13),
];

it('q9: the highest bid from the opening to the expiry, both included; the earliest of equal ones', () => {
  expect(q9(market).map(({ id, bidder, price }) => [id, bidder, price])).toEqual([
    [1, 8, 60],
    [2, 9, 30],
  ]);
  expect(q9(market)[0]).toMatchObject({
    itemName: 'item 1',
    auction: 1,
    bidDateTime: 20,
    bidExtra: 'abcc',
    category: 12,
  });
});

it('q4: the average of winning bids by category', () => {
  expect(q4([...market, bid(2, 9, 35, 15)])).toEqual([{ category: 12, final: 47 }]);
});

it('q6: the average of the last 10 auctions of a seller in the order of closing', () => {
  expect(q6(market)).toEqual([
    { seller: 7, avgPrice: 30 },
    { seller: 7, avgPrice: 45 },
  ]);
  const many = Array.from({ length: 12 }, (_, i) => [auction(i, 1, 0, 100 - i), bid(i, 1, 10 * (i + 1), 1)]).flat();
  // Auction 11 closes first; the last two of 12 leave 110 and 120 behind.
  expect(q6(many).at(-1)).toEqual({ seller: 1, avgPrice: 55 });
  expect(q6(many)).toHaveLength(12);
});

it('q20: bids for auctions of category 10, before and after they open and close', () => {
  const rows = q20([
    bid(1, 2, 3, 4),
    auction(1, 7, 10, 20),
    auction(2, 7, 10, 20, 11),
    bid(2, 1, 1, 12),
    bid(1, 9, 8, 99),
  ]);
  expect(rows.map(({ bidder, auctionDateTime, bidDateTime }) => [bidder, auctionDateTime, bidDateTime])).toEqual([
    [2, 10, 4],
    [9, 10, 99],
  ]);
});

it('q8: who registers and sells in the same 10 s, once', () => {
  const events = [person(1, 'OR', 9999), auction(1, 1, 10_000, 1), person(2, 'OR', 10_000), auction(2, 2, 10_005, 1)];
  expect(q8([...events, auction(3, 2, 19_999, 1)])).toEqual([{ id: 2, name: 'name 2', startTime: 10_000 }]);
});

it('q5: the busiest auctions of each window, with those that began before the first bid', () => {
  const rows = q5([bid(1, 1, 1, 0), bid(2, 1, 1, 1999), bid(2, 1, 1, 2000)]);
  const one = { auction: 1, num: 1 };
  const tie = [one, { auction: 2, num: 1 }];
  // Windows that begin at -8 s, then four with all of them, then one with the last bid alone.
  expect(rows).toEqual([...tie, ...new Array(4).fill({ auction: 2, num: 2 }), { auction: 2, num: 1 }]);
});

it('q7: all bids with the highest price of 10 s', () => {
  const rows = q7([bid(1, 1, 5, 0), bid(2, 1, 7, 1), bid(3, 1, 7, 9999), bid(4, 1, 6, 10_000)]);
  expect(rows.map((row) => row.auction)).toEqual([2, 3, 4]);
});

it('q11: a bid 10 s after the last goes on with the session, one later begins another', () => {
  expect(q11([bid(1, 5, 1, 0), bid(2, 5, 1, 10_000), bid(1, 6, 1, 12_000), bid(1, 5, 1, 20_001)])).toEqual([
    { bidder: 5, bidCount: 2, startTime: 0, endTime: 20_000 },
    { bidder: 5, bidCount: 1, startTime: 20_001, endTime: 30_001 },
    { bidder: 6, bidCount: 1, startTime: 12_000, endTime: 22_000 },
  ]);
});

it('q12: bids of everybody in each 10 s', () => {
  expect(q12([bid(1, 5, 1, 0), bid(2, 5, 1, 9999), bid(1, 5, 1, 10_000)])).toEqual([
    { bidder: 5, bidCount: 2, startTime: 0, endTime: 10_000 },
    { bidder: 5, bidCount: 1, startTime: 10_000, endTime: 20_000 },
  ]);
});

const report = [
  bid(1, 5, 9999, 0),
  bid(1, 6, 10_000, 61_000),
  bid(2, 5, 9999, 60_000),
  bid(2, 5, 1_000_000, 1, { channel: 'Apple' }),
  bid(2, 5, 100, 24 * HOUR),
];
const counts = (total: number, rank1: number, rank2: number, rank3: number) => ({ total, rank1, rank2, rank3 });

it('q15, q16: different bidders and auctions by day, channel and rank of price', () => {
  const next = { bids: counts(1, 1, 0, 0), bidders: counts(1, 1, 0, 0), auctions: counts(1, 1, 0, 0) };
  expect(q15(report)).toEqual([
    { day: '1970-01-01', bids: counts(4, 2, 1, 1), bidders: counts(2, 1, 1, 1), auctions: counts(2, 2, 1, 1) },
    { day: '1970-01-02', ...next },
  ]);
  const google = { bids: counts(3, 2, 1, 0), bidders: counts(2, 1, 1, 0), auctions: counts(2, 2, 1, 0) };
  const apple = { bids: counts(1, 0, 0, 1), bidders: counts(1, 0, 0, 1), auctions: counts(1, 0, 0, 1) };
  expect(q16(report)).toEqual([
    { channel: 'Google', day: '1970-01-01', minute: '00:01', ...google },
    { channel: 'Apple', day: '1970-01-01', minute: '00:00', ...apple },
    { channel: 'Google', day: '1970-01-02', minute: '00:00', ...next },
  ]);
});

it('q17: statistics of an auction in a day', () => {
  const rows = q17(report);
  expect(rows[0]).toEqual({
    ...{ auction: 1, day: '1970-01-01', bids: counts(2, 1, 1, 0), minPrice: 9999, maxPrice: 10_000 },
    ...{ avgPrice: 9999, sumPrice: 19_999 },
  });
  expect(rows.map(({ auction: id, day }) => `${id} ${day}`)).toEqual(['1 1970-01-01', '2 1970-01-01', '2 1970-01-02']);
});

it('q18: the last bid of each bidder for each auction, of those in the same ms the later one', () => {
  const rows = q18([bid(1, 5, 10, 3), bid(1, 6, 11, 3), bid(1, 5, 12, 3), bid(2, 5, 13, 1)]);
  expect(rows.map(({ price }) => price)).toEqual([12, 13, 11]);
  expect(rows[0]).toMatchObject({ channel: 'Google', url: 'u', extra: 'abcc' });
});

it('q19: ten bids by price, the earlier first', () => {
  const rows = q19(Array.from({ length: 12 }, (_, i) => bid(1, i, [5, 9, 5][i % 3]!, i)));
  expect(rows).toHaveLength(1);
  expect(rows[0]?.bids.map(({ bidder }) => bidder)).toEqual([1, 4, 7, 10, 0, 2, 3, 5, 6, 8]);
});
