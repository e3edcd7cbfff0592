import { defineAggregate } from '@millrace/core';
import type { RankCounts } from './rows.ts';

/** Sets of ranks are numbers: a bit for each rank of price, and one that says that there is any. */
const ANY = 8;

/** The rank of a price as a set of it alone. */
export function rankBit(price: number): number {
  return ANY | (price < 10_000 ? 1 : price < 1_000_000 ? 2 : 4);
}

/** No counts. */
export const NONE: RankCounts = { total: 0, rank1: 0, rank2: 0, rank3: 0 };

/** The sum of two counts. */
export function plusRanks(a: RankCounts, b: RankCounts): RankCounts {
  return { total: a.total + b.total, rank1: a.rank1 + b.rank1, rank2: a.rank2 + b.rank2, rank3: a.rank3 + b.rank3 };
}

/** Counts sets of ranks: how many there are, and how many have each rank. */
export const countRanks = defineAggregate<number, { -readonly [K in keyof RankCounts]: number }, RankCounts>({
  name: 'countRanks',
  create: () => ({ ...NONE }),
  add(counts, bits) {
    counts.total += bits >> 3;
    counts.rank1 += bits & 1;
    counts.rank2 += (bits >> 1) & 1;
    counts.rank3 += (bits >> 2) & 1;
    return counts;
  },
  merge: plusRanks,
  finish: (counts) => counts,
});
