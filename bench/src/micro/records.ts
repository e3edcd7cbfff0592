import { seededRandom } from '@millrace/bench';
import { zipfRanks } from '../data/zipf.ts';

/** How many records the tasks of a call go through. */
export const COUNT = 1000;

/** Words of Zipf's law with s = 1 over a vocabulary of as many as there are. */
export function words(): string[] {
  const rank = zipfRanks(COUNT, 1, 1);
  // Cut out of a text, as words of lines are.
  return Array.from({ length: COUNT }, () => `word${rank()}`)
    .join(' ')
    .split(' ');
}

/** Numbers that come up again as words do. */
export function ids(): number[] {
  const rank = zipfRanks(COUNT, 1, 2);
  return Array.from({ length: COUNT }, rank);
}

/** Keys of two parts. */
export function tuples(): [string, number][] {
  const numbers = ids();
  return words().map((word, i) => [word, (numbers[i] as number) % 10]);
}

/** Objects such as events are. */
export function events(): { readonly user: string; readonly amount: number; readonly at: number }[] {
  const random = seededRandom(3);
  return words().map((user, i) => ({ user, amount: Math.round(random() * 1e4) / 100, at: 1_700_000_000_000 + i }));
}

/** Each with a 1. */
export function counted<K>(keys: readonly K[]): [K, number][] {
  return keys.map((key) => [key, 1]);
}
