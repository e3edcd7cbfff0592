import { error } from '@millrace/core/connector';
import { RecordRandom } from './record-random.ts';

/** Makes a record of its number and of random numbers that are the same in each run. */
export type MakeRecord<T> = (i: number, random: () => number) => T;

/** Records from one number up to another, exclusively. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
}

/** Records that are made before a task passes them on: a partition may be larger than memory. */
const AT_ONCE = 65_536;

/** Makes the records of a range, in a task. */
export function generate<T>(
  range: RecordRange,
  record: MakeRecord<T>,
  seed: string | number,
): T[] | AsyncIterable<T[]> {
  const random = new RecordRandom(seed);
  if (range.to - range.from <= AT_ONCE) return make(range, record, random);
  return pieces(range, record, random);
}

async function* pieces<T>({ from, to }: RecordRange, record: MakeRecord<T>, random: RecordRandom): AsyncGenerator<T[]> {
  for (let at = from; at < to; at += AT_ONCE) yield make({ from: at, to: Math.min(to, at + AT_ONCE) }, record, random);
}

function make<T>({ from, to }: RecordRange, record: MakeRecord<T>, random: RecordRandom): T[] {
  const records = new Array<T>(to - from);
  const { next } = random;
  for (let i = from; i < to; i++) {
    random.begin(i);
    records[i - from] = record(i, next);
  }
  // One is enough to see what the function is.
  if (records[0] instanceof Promise) throw error('MR_ASYNC_FUNCTION', { operator: 'rateStream', found: 'a promise' });
  return records;
}
