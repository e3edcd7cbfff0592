import { type ShuffleRecord, wordAt } from './records.ts';

/** What a consumer keeps: 32 bytes in ShuffleBench, four numbers here. It is also what it emits. */
export interface ConsumerState {
  readonly count: number;
  /** Of the beginnings of records; of four bytes where ShuffleBench takes eight and lets them overflow. */
  readonly sum: number;
  /** Times of the first record and of the last. */
  readonly start: number;
  readonly end: number;
}

/** A consumer emits what it has after so many records, and begins again. */
export const OUTPUT_RATE = 10;

/** A consumer before its first record. */
export const FRESH: ConsumerState = { count: 0, sum: 0, start: 0, end: 0 };

/** What a consumer has after one more record. */
export function accept({ count, sum, start }: ConsumerState, { time, data }: ShuffleRecord): ConsumerState {
  return { count: count + 1, sum: sum + wordAt(data, 0), start: count === 0 ? time : start, end: time };
}
