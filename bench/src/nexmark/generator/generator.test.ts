import { expect, it } from 'vitest';
import { nexmarkConfig } from './config.ts';
import type { NexmarkEvent } from './events.ts';
import { isAuction, isBid, isPerson } from './events.ts';
import { NexmarkGenerator } from './generator.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const seeded = `seed ${SEED}`;

it('makes one person, three auctions and 46 bids of each 50 events', () => {
  const kinds = new NexmarkGenerator().range(0, 150).map((event) => event.kind);
  const round = ['person', 'auction', 'auction', 'auction', ...new Array<string>(46).fill('bid')];
  expect(kinds).toEqual([...round, ...round, ...round]);
});

it('makes the same events for the same seed in every version: results of other days stay comparable', () => {
  const generator = new NexmarkGenerator({ seed: 1 });
  expect([generator.eventAt(50), generator.eventAt(51), generator.eventAt(54)]).toMatchInlineSnapshot(`
    [
      {
        "city": "Phoenix",
        "creditCard": "7215 0205 9831 2159",
        "dateTime": 5,
        "emailAddress": "eue@kdu.com",
        "extra": "ihaqbqesnzcgkzbvaisbilxsgluutgygtbkbbiczzlcwtaxctveflddewuouebptovdoytredmpmvtuehoipseozprlmdlnxxbbmbardpdapvcmxjgoxixjczavqavhdgmoqrvzy",
        "id": 1001,
        "kind": "person",
        "name": "Sarah Abrams",
        "state": "CA",
      },
      {
        "category": 12,
        "dateTime": 5,
        "description": "ibfeujloxtdtjphtv",
        "expires": 115,
        "extra": "qefwohrqmzgxaxseeiooyzxvfyvrwqyyhyydqkreswsrvknkgdypamspjylaajkcvxlxallixfnjkgxcbmxauznfxpeoslcurqqoebzkhopbfefpdedrgzxcftjzcwxveakxttwqaypbtjkzobdksakdakzsjqinqrzeuxeumlrsbhfmdeeycmhdlbsprhhrreswcnaffjuijpxnnowsjfnathhwnowhpqmrezhtivgfnmlrrhvrnvirnbperuztawhszchnkaxfqichmktatkbwwvdbcohbxnvklwgfejvhpsttdcejvetwyefocawnysagrmwvmtmhgfdaudbgidnlqsshmgezmgyfqghcfljmkvekakbpwblyzgcqpqc",
        "id": 1003,
        "initialBid": 3965481,
        "itemName": "zoehjyqiim",
        "kind": "auction",
        "reserve": 7997871,
        "seller": 1000,
      },
      {
        "auction": 1000,
        "bidder": 1001,
        "channel": "Baidu",
        "dateTime": 5,
        "extra": "bfxtvryzqfadytaanadmiqxennyudwmdrzebuffrrgdhyqarldhtpxgabrlowuqfjippmlpjim",
        "kind": "bid",
        "price": 14249267,
        "url": "https://www.nexmark.com/lj_/o_p/dvl/item.htm?query=1",
      },
    ]
  `);
});

it('makes any range alone, in any order, as it makes it in a row', () => {
  const all = new NexmarkGenerator({ seed: SEED }).range(0, 3000);
  const other = new NexmarkGenerator({ seed: SEED });
  expect(other.range(2000, 2100), seeded).toEqual(all.slice(2000, 2100));
  expect(other.eventAt(7), seeded).toEqual(all[7]);
  expect(other.range(100, 150), seeded).toEqual(all.slice(100, 150));
  expect(new NexmarkGenerator({ seed: (SEED + 1) % 2 ** 32 }).range(0, 50), seeded).not.toEqual(all.slice(0, 50));
});

it('makes events by their id, wherever a generator begins', () => {
  const far = 2 ** 40 * 50;
  const first = new NexmarkGenerator({ seed: SEED, firstEventId: 5000 });
  const second = new NexmarkGenerator({ seed: SEED });
  const withoutTime = (event: NexmarkEvent) => ({ ...event, dateTime: 0, expires: 0 });
  expect(first.range(0, 100).map(withoutTime), seeded).toEqual(second.range(5000, 5100).map(withoutTime));
  const last = new NexmarkGenerator({ seed: SEED, firstEventId: far }).range(0, 2);
  expect(last.map((event) => ('id' in event ? event.id : 0))).toEqual([2 ** 40 + 1000, 3 * 2 ** 40 + 1000]);
});

it('counts time by the rate and the number of generators', () => {
  const times = (options: object, numbers: number[]) => {
    const generator = new NexmarkGenerator(options);
    return numbers.map((number) => generator.timestampOf(number));
  };
  expect(times({}, [0, 9, 10, 19, 10_000])).toEqual([0, 0, 1, 1, 1000]);
  expect(times({ rate: 3 }, [1, 2, 3])).toEqual([333, 666, 1000]);
  expect(times({ rate: 1000, numGenerators: 4, baseTime: 7 }, [0, 1, 5])).toEqual([7, 11, 27]);
});

it('finds the first event of a time', () => {
  for (const rate of [7, 400, 3333, 10_000, 1e6]) {
    const generator = new NexmarkGenerator({ rate, baseTime: 20_000 });
    for (const ms of [0, 20_000, 20_001, 20_999, 21_000, 123_456]) {
      const number = generator.firstAt(ms);
      expect(generator.timestampOf(number), `rate ${rate}, ${ms} ms`).toBeGreaterThanOrEqual(ms);
      if (number > 0) expect(generator.timestampOf(number - 1), `rate ${rate}, ${ms} ms`).toBeLessThan(ms);
    }
  }
});

it('puts the events of a group in another order, and no event before its watermark', () => {
  const generator = new NexmarkGenerator({ seed: SEED, rate: 1000, outOfOrderGroupSize: 10 });
  expect([0, 1, 2, 3, 4, 11].map((place) => generator.numberAt(place))).toEqual([0, 3, 6, 9, 2, 13]);
  expect([9, 10, 11].map((place) => generator.watermarkAt(place))).toEqual([0, 10, 10]);
  const numbers = Array.from({ length: 500 }, (_, place) => generator.numberAt(place));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  const events = generator.range(0, 500);
  const inOrder = new NexmarkGenerator({ seed: SEED, rate: 1000 });
  let earliest = Number.POSITIVE_INFINITY;
  for (let place = events.length - 1; place >= 0; place--) {
    const event = events[place] as NexmarkEvent;
    expect(event, seeded).toEqual(inOrder.eventAt(generator.numberAt(place)));
    earliest = Math.min(earliest, event.dateTime);
    expect(earliest, seeded).toBeGreaterThanOrEqual(generator.watermarkAt(place));
  }
});

it('lets auctions last as long as the auctions in flight take to open, on average', () => {
  const generator = new NexmarkGenerator({ seed: SEED });
  // 100 in flight are 1,666 events, at 10,000 a second 166 ms and a part of one.
  const lengths = generator
    .range(0, 100_000)
    .filter(isAuction)
    .map(({ dateTime, expires }) => expires - dateTime);
  expect(Math.min(...lengths), seeded).toBeGreaterThanOrEqual(1);
  expect(Math.max(...lengths), seeded).toBeLessThanOrEqual(334);
  expect(lengths.reduce((a, b) => a + b, 0) / lengths.length / 167, seeded).toBeCloseTo(1, 1);
  expect(generator.longestAuctionMs).toBe(334);
});

it('refers to persons and auctions that are there, or will be soon', () => {
  const events = new NexmarkGenerator({ seed: SEED }).range(0, 100_000);
  const persons = new Set(events.filter(isPerson).map(({ id }) => id));
  const auctions = new Set(events.filter(isAuction).map(({ id }) => id));
  // The last ones may be ahead of the events.
  const bids = events.slice(0, 99_000).filter(isBid);
  const strangers = bids.filter(({ bidder, auction }) => !persons.has(bidder) || !auctions.has(auction));
  expect(strangers, seeded).toEqual([]);
});

it.each([
  ['rate', 0],
  ['rate', Number.NaN],
  ['seed', -1],
  ['seed', 2 ** 32],
  ['hotAuctionRatio', 0],
  ['numActivePeople', 1.5],
  ['outOfOrderGroupSize', 0],
  ['outOfOrderGroupSize', 953 * 2],
  ['baseTime', -1],
])('refuses %s of %s', (name, value) => {
  expect(() => nexmarkConfig({ [name]: value })).toThrow(new RegExp(`${name} is ${value}; give`));
});

it('refuses an option that is not there, and says which there are', () => {
  expect(() => nexmarkConfig({ raet: 5 } as object)).toThrow(/no option raet.*rate, baseTime/);
});
