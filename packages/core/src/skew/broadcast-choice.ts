/** Whether the right side of a join goes to all tasks in a batch. Plain data: part of the batch's record. */
export type JoinChoice = readonly [join: string, time: number, broadcasts: boolean];

/** What the two sides of a join had in a batch. */
export interface JoinSizes {
  readonly leftRecords: number;
  readonly rightRecords: number;
  /** Bytes of the right side when it is encoded. */
  readonly rightBytes: number;
}

/** Every slot has to hold a side that goes everywhere: no more than this. Spark's bound, too. */
const MOST_BYTES = 10 * 2 ** 20;
/** The left side has so many times the records of the right one where the right one begins to go everywhere, ... */
const BEGIN = 8;
/** ... and where it goes on to: sizes that waver must not change it back and forth. */
const GO_ON = 4;
/** Below this nobody gains anything. */
const LEAST_LEFT = 1000;

/**
 * Whether the right side of a join should go whole to all tasks of the left one.
 * @param sizes of the last batch that was measured
 * @param does whether it does so now
 */
export function paysToBroadcast({ leftRecords, rightRecords, rightBytes }: JoinSizes, does: boolean): boolean {
  if (rightBytes > MOST_BYTES || leftRecords < LEAST_LEFT) return false;
  return leftRecords >= rightRecords * (does ? GO_ON : BEGIN);
}
