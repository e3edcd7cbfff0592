import type { DStream } from '@millrace/core';
import { countRanks, NONE, plusRanks } from './ranks.ts';
import type { DayRow } from './rows.ts';

/** The counts of a row of a day. */
export type DayCounts = Omit<DayRow, 'day'>;

const NOTHING: DayCounts = { bids: NONE, bidders: NONE, auctions: NONE };

/** The sum of two. */
export function plusCounts(a: DayCounts | null, b: DayCounts | null): DayCounts {
  if (a === null || b === null) return a ?? b ?? NOTHING;
  return {
    bids: plusRanks(a.bids, b.bids),
    bidders: plusRanks(a.bidders, b.bidders),
    auctions: plusRanks(a.auctions, b.auctions),
  };
}

/** Counts a batch's sets of ranks for each key, as one part of the counts of a day. */
export function countedAs<K>(part: keyof DayCounts, ranks: DStream<[K, number]>): DStream<[K, DayCounts]> {
  return ranks.aggregateByKey(countRanks).mapValues((counts) => ({ ...NOTHING, [part]: counts }));
}
