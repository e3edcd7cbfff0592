import type { CalculatedRow } from './rows.ts';

const HOUR_MS = 3_600_000;

/** The part of the day (in UTC) that a time is in: from 8 to before 19 h, from 20 to before 7 h, or between. */
export function bidTimeType(dateTime: number): CalculatedRow['bidTimeType'] {
  const hour = Math.floor(dateTime / HOUR_MS) % 24;
  if (hour >= 8 && hour <= 18) return 'dayTime';
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime';
}

/** How often a character is in a text. */
export function countChar(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}
