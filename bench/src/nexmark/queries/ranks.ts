import type { RankCounts } from './rows.ts';

/** Sets of ranks are numbers below this one: a bit for each rank of price, and one that says that there is any. */
export const RANK_SETS = 16;
const ANY = 8;

/** The rank of a price as a set of it alone. */
export function rankBit(price: number): number {
  return ANY | (price < 10_000 ? 1 : price < 1_000_000 ? 2 : 4);
}

/** Adds one to the counts from `at` on: of all, and of each rank in the set. */
export function countRanks(counts: number[], at: number, set: number): void {
  counts[at] = (counts[at] as number) + (set >> 3);
  counts[at + 1] = (counts[at + 1] as number) + (set & 1);
  counts[at + 2] = (counts[at + 2] as number) + ((set >> 1) & 1);
  counts[at + 3] = (counts[at + 3] as number) + ((set >> 2) & 1);
}

/** The counts from `at` on by their names. */
export function namedCounts(counts: readonly number[], at: number): RankCounts {
  const [total = 0, rank1 = 0, rank2 = 0, rank3 = 0] = [counts[at], counts[at + 1], counts[at + 2], counts[at + 3]];
  return { total, rank1, rank2, rank3 };
}
