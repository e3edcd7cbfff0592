import { type DStream, minutes, type State, StateSpec, type Time } from '@millrace/core';
import { rankBit } from './ranks.ts';

const SHIFT = 16;

/** A day and a set of ranks as one number, so that the many are small. */
export function inDay(day: number, price: number): number {
  return day * SHIFT + rankBit(price);
}

/** The day of such a number. */
export function dayIn(code: number): number {
  return Math.floor(code / SHIFT);
}

/** The set of ranks of such a number. */
export function ranksIn(code: number): number {
  return code % SHIFT;
}

/**
 * Of each key the ranks that it has not had in that day before: what is needed to count different keys by day and rank. The state
 * has the newest day of each key, and forgets keys that did not come for a day.
 * @param codes pairs of a key and `inDay`
 */
export function firstInDay<K>(codes: DStream<[K, number]>, name: string): DStream<[K, number]> {
  const spec = StateSpec.function(
    (_time: Time, key: K, code: number | null, seen: State<number>): [K, number] | null => {
      if (code === null) return null;
      const before = seen.getOption();
      if (before === null || dayIn(before) !== dayIn(code)) {
        seen.update(code);
        return [key, code];
      }
      const news = ranksIn(code) & ~ranksIn(before);
      if (news === 0) return null;
      seen.update(before + news);
      return [key, code - ranksIn(code) + news];
    },
  ).timeout(minutes(24 * 60));
  return codes.reduceByKey((a, b) => a | b).mapWithState(spec, { name, timeoutCheckInterval: minutes(60) });
}
