import { expect, it } from 'vitest';
import { nexmarkConfig } from './config.ts';
import { hotBase0Id, lastBase0AuctionId, lastBase0PersonId, nextBase0AuctionId, nextBase0PersonId } from './ids.ts';
import { EventRandom } from './random.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const config = nexmarkConfig();

/** Smallest and largest of many draws. */
function span(draw: (random: EventRandom) => number): [number, number] {
  const random = new EventRandom(SEED);
  random.begin(0);
  const draws = Array.from({ length: 50_000 }, () => draw(random));
  return [Math.min(...draws), Math.max(...draws)];
}

it('knows the newest person of an event', () => {
  const ids = [0, 1, 49, 50, 99, 5000, 50 * 2 ** 40].map(lastBase0PersonId);
  expect(ids).toEqual([0, 0, 0, 1, 1, 100, 2 ** 40]);
});

it('knows the newest auction of an event', () => {
  const ids = [0, 1, 2, 3, 4, 49, 50, 51, 53, 54, 100].map(lastBase0AuctionId);
  expect(ids).toEqual([-1, 0, 1, 2, 2, 2, 2, 3, 5, 5, 5]);
});

it('draws people who are active, and a few who come next', () => {
  // 20,001 people, of whom the last 1,000 are active, and 10 more.
  expect(
    span((random) => nextBase0PersonId(1_000_000, random, config)),
    `seed ${SEED}`,
  ).toEqual([19_001, 20_010]);
  expect(
    span((random) => nextBase0PersonId(100, random, config)),
    `seed ${SEED}`,
  ).toEqual([0, 12]);
});

it('draws auctions that are in flight, and a few that come next', () => {
  // The last auction is 60,002.
  expect(
    span((random) => nextBase0AuctionId(1_000_004, random, config)),
    `seed ${SEED}`,
  ).toEqual([59_902, 60_012]);
  expect(
    span((random) => nextBase0AuctionId(4, random, config)),
    `seed ${SEED}`,
  ).toEqual([0, 12]);
});

it('has one hot id of a hundred', () => {
  expect([0, 99, 100, 199, 60_002].map(hotBase0Id)).toEqual([0, 0, 100, 100, 60_000]);
});
