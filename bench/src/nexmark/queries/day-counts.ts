import { defineAggregate } from '@millrace/core';
import { countRanks, namedCounts, RANK_SETS } from './ranks.ts';
import type { DayRow } from './rows.ts';

/** What is counted by ranks: bids, and bidders and auctions that had none before. */
export const PARTS = { bids: 0, bidders: 1, auctions: 2 } as const;

const MINUTE_AT = 12;
const PART_CODES = 4 * RANK_SETS;

/** One thing to be counted, as a number. @param minute of the day; 0 unless it is a bid */
export function countCode(part: number, rankSet: number, minute = 0): number {
  return minute * PART_CODES + part * RANK_SETS + rankSet;
}

/** Four counts of each part, and the last minute. */
export const dayCounts = defineAggregate<number, number[], readonly number[]>({
  name: 'dayCounts',
  create: () => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  add(counts, code) {
    const ofMinute = code % PART_CODES;
    countRanks(counts, 4 * Math.floor(ofMinute / RANK_SETS), ofMinute % RANK_SETS);
    const minute = Math.floor(code / PART_CODES);
    if (minute > (counts[MINUTE_AT] as number)) counts[MINUTE_AT] = minute;
    return counts;
  },
  merge: addCounts,
  finish: (counts) => counts,
});

/** The sum of both, as a new list. */
export function plusCounts(a: readonly number[], b: readonly number[]): readonly number[] {
  return addCounts(a.slice(), b);
}

function addCounts(a: number[], b: readonly number[]): number[] {
  for (let i = 0; i < MINUTE_AT; i++) a[i] = (a[i] as number) + (b[i] as number);
  a[MINUTE_AT] = Math.max(a[MINUTE_AT] as number, b[MINUTE_AT] as number);
  return a;
}

/** The last minute. */
export function minuteIn(counts: readonly number[]): number {
  return counts[MINUTE_AT] as number;
}

/** The counts by their names. */
export function countsRow(counts: readonly number[]): Omit<DayRow, 'day'> {
  return {
    bids: namedCounts(counts, 4 * PARTS.bids),
    bidders: namedCounts(counts, 4 * PARTS.bidders),
    auctions: namedCounts(counts, 4 * PARTS.auctions),
  };
}
