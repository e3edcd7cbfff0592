import { expect, it } from 'vitest';
import { makeChannels } from './bid.ts';
import { isAuction, isBid, isPerson } from './events.ts';
import { NexmarkGenerator } from './generator.ts';
import { EventRandom } from './random.ts';
import { randomText } from './strings.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const seeded = `seed ${SEED}`;
const events = new NexmarkGenerator({ seed: SEED }).range(0, 100_000);
const bids = events.filter(isBid);
const auctions = events.filter(isAuction);
const persons = events.filter(isPerson);

const share = <T>(list: readonly T[], test: (item: T) => boolean) => list.filter(test).length / list.length;
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Expects a share of n drawn items within 5 standard deviations: wrong once in 1.7 million runs. */
function expectShare(found: number, expected: number, n: number, what: string): void {
  const slack = 5 * Math.sqrt((expected * (1 - expected)) / n);
  expect(Math.abs(found - expected), `${seeded}: ${what} is ${found}, not ${expected}`).toBeLessThanOrEqual(slack);
}

it('has prices with as many in each power of ten', () => {
  const powers = [2, 3, 4, 5, 6, 7];
  for (const power of powers) {
    const found = share(bids, ({ price }) => price >= 10 ** power && price < 10 ** (power + 1));
    expectShare(found, 1 / 6, bids.length, `the share of prices from 10^${power}`);
  }
  const strange = bids.filter(({ price }) => price < 100 || price > 1e8 || !Number.isInteger(price));
  expect(strange, seeded).toEqual([]);
  for (const { reserve, initialBid } of auctions) expect(reserve - initialBid, seeded).toBeGreaterThanOrEqual(100);
});

it('has hot channels, hot bidders and hot sellers', () => {
  const hot = share(bids, ({ channel }) => !channel.startsWith('channel-'));
  expectShare(hot, 1 / 2, bids.length, 'the share of hot channels');
  const google = share(bids, ({ channel }) => channel === 'Google');
  expectShare(google, 1 / 8, bids.length, 'the share of one hot channel');
  // Those who are drawn evenly are among a thousand, or fewer in the beginning, and may be hot by chance.
  const hotBidders = share(bids, ({ bidder }) => bidder % 100 === 1);
  expect(hotBidders, seeded).toBeGreaterThan(0.74);
  expect(hotBidders, seeded).toBeLessThan(0.78);
  const hotSellers = share(auctions, ({ seller }) => seller % 100 === 0);
  expect(hotSellers, seeded).toBeGreaterThan(0.71);
  expect(hotSellers, seeded).toBeLessThan(0.8);
});

it('has categories, states and cities in equal numbers', () => {
  for (let category = 10; category < 15; category++) {
    const found = share(auctions, (auction) => auction.category === category);
    expectShare(found, 1 / 5, auctions.length, `the share of category ${category}`);
  }
  for (const state of ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']) {
    const found = share(persons, (person) => person.state === state);
    expectShare(found, 1 / 6, persons.length, `the share of ${state}`);
  }
  expect(new Set(persons.map(({ city }) => city)).size, seeded).toBe(10);
  expect(new Set(persons.map(({ name }) => name)).size, seeded).toBe(99);
});

it('has the sizes of Nexmark', () => {
  const bidBytes = bids.map(({ extra }) => 32 + extra.length);
  // 68 bytes of padding, 14 more or less.
  expect([Math.min(...bidBytes), Math.max(...bidBytes)], seeded).toEqual([86, 113]);
  const auctionBytes = auctions.map((a) => 48 + a.itemName.length + a.description.length + a.extra.length);
  expect(mean(auctionBytes) / 500, seeded).toBeCloseTo(1, 1);
  const personBytes = persons.map(
    (p) =>
      8 + p.name.length + p.emailAddress.length + p.creditCard.length + p.city.length + p.state.length + p.extra.length,
  );
  expect(mean(personBytes) / 200, seeded).toBeCloseTo(1, 1);
});

it('makes texts of 3 to one less than the longest, with one special character in 13', () => {
  const random = new EventRandom(SEED);
  random.begin(1);
  const texts = Array.from({ length: 20_000 }, () => randomText(random, 20, '_'));
  const lengths = texts.map((text) => text.length);
  expect([Math.min(...lengths), Math.max(...lengths)], seeded).toEqual([3, 19]);
  const characters = texts.join('');
  expect(characters, seeded).toMatch(/^[a-z_]+$/);
  expectShare(
    share([...characters], (c) => c === '_'),
    1 / 13,
    characters.length,
    'the share of special characters',
  );
  for (const { creditCard, emailAddress } of persons) {
    expect(creditCard, seeded).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/);
    expect(emailAddress, seeded).toMatch(/^[a-z ]{0,6}@[a-z ]{0,4}\.com$/);
  }
});

it('has a url for each channel, nine of ten with its id', () => {
  const urls = new Map(bids.map(({ channel, url }) => [channel, url]));
  expect(
    bids.filter(({ channel, url }) => url !== urls.get(channel)),
    seeded,
  ).toEqual([]);
  const others = [...urls].filter(([channel]) => channel.startsWith('channel-'));
  const withId = others.filter(([, url]) => url.includes('&channel_id='));
  expectShare(withId.length / others.length, 0.9, others.length, 'the share of urls with an id');
  // The bits of the number in reverse order; without its sign, where that is set.
  const ids = [2 ** 31, 2 ** 30, 2 ** 30, 2 ** 29];
  const channels = makeChannels(new EventRandom(1)).slice(5, 9);
  const found = channels.map(({ url }) => url.split('&channel_id=')[1]);
  expect(found.filter((id) => id !== undefined).length).toBeGreaterThan(1);
  found.forEach((id, i) => {
    if (id !== undefined) expect(id).toBe(String(ids[i]));
  });
});

it.each([
  // Distinct auctions, share of the busiest and of the busiest 10 in one batch, as measured by another generator.
  [10_000, 2, 684, 0.089, 0.516],
  [10_000, 10, 500, 0.155, 0.904],
  [100_000, 2, 6074, 0.0089, 0.087],
  [100_000, 10, 4700, 0.016, 0.154],
])(
  'spreads the bids of %i events with hot ratio %i over auctions as Nexmark does',
  (n, ratio, distinct, top, top10) => {
    const generator = new NexmarkGenerator({ seed: SEED, hotAuctionRatio: ratio });
    const counts = new Map<number, number>();
    let all = 0;
    for (const bid of generator.range(n, 2 * n).filter(isBid)) {
      counts.set(bid.auction, (counts.get(bid.auction) ?? 0) + 1);
      all += 1;
    }
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const sumOf = (k: number) => sorted.slice(0, k).reduce((a, b) => a + b, 0) / all;
    const near = (found: number, expected: number, what: string) =>
      expect(Math.abs(found / expected - 1), `${seeded}: ${what} is ${found}, not ${expected}`).toBeLessThan(0.12);
    near(counts.size, distinct, 'the number of auctions');
    near(sumOf(1), top, 'the share of the busiest');
    near(sumOf(10), top10, 'the share of the busiest 10');
  },
);
