import type { Input } from '@millrace/bench';
import { zipfRanks } from './zipf.ts';

/** How keys are drawn. */
export interface MovingZipf {
  readonly keys: number;
  /** Zipf's exponent. */
  readonly s: number;
  /** After so many records other keys are the frequent ones. */
  readonly shiftAfter: number;
  readonly seed: number;
}

/** Ranks are drawn once for so many records, and come again; the keys that have them do not. */
const RANKS = 2 ** 19;
const VALUES = 1000;
/** How far the ranks move along the keys: prime, so that it takes long until the same key is hot again. */
const STEP = 7919;

/** Pairs whose keys follow Zipf's law, with another order of the keys now and then: what was learnt of them is wrong after it. */
export function movingZipf({ keys, s, shiftAfter, seed }: MovingZipf): Input<[string, number]> {
  const names = Array.from({ length: keys }, (_, i) => `key-${i}`);
  let ranks: Uint32Array | null = null;
  const draw = () => {
    const rank = zipfRanks(keys, s, seed);
    return Uint32Array.from({ length: RANKS }, rank);
  };
  const records = (from: number, to: number) => {
    // Benches are loaded by every suite's process, also by those that do not need these.
    const drawn = (ranks ??= draw());
    return Array.from({ length: to - from }, (_, i): [string, number] => {
      const n = from + i;
      const rank = drawn[n % RANKS] as number;
      const shift = Math.floor(n / shiftAfter) * STEP;
      return [names[(rank + shift) % keys] as string, (Math.imul(n, 0x9e3779b1) >>> 0) % VALUES];
    });
  };
  return { entry: records, records };
}
