import { seededRandom } from '@millrace/bench';
import { wordAt } from './records.ts';

/** Bytes at the beginning of a record whose hash decides who gets it; as they are random, so few are enough. */
const HASHED_BYTES = 16;
const CIRCLE = 2 ** 32;

/** How rules are drawn. */
export interface Rules {
  readonly count: number;
  /** How many consumers a record goes to on the average. */
  readonly selectivity: number;
  /** The k-th rule takes 1 / k^s as many records as the first. */
  readonly s: number;
  readonly seed: number;
}

/**
 * Who wants a record: each rule is a range of hashes, as wide as its selectivity, anywhere on a circle (`createFromZipf` of
 * ShuffleBench's SimpleMatcherService). Ranges overlap, so that a record may go to several consumers; most go to none.
 */
export class Matcher {
  /** Where the consumers change, ascending, from 0; and who wants the hashes from there to the next. */
  readonly #from: readonly number[];
  readonly #consumers: readonly (readonly string[])[];

  constructor({ count, selectivity, s, seed }: Rules) {
    const random = seededRandom(seed);
    const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1) ** s);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const ranges = weights.map((weight, i) => ({
      consumer: `consumer_${i}`,
      from: Math.floor(random() * CIRCLE),
      width: Math.round((weight / total) * selectivity * CIRCLE),
    }));
    const edges = new Set([0, ...ranges.flatMap(({ from, width }) => [from, (from + width) % CIRCLE])]);
    this.#from = [...edges].sort((a, b) => a - b);
    this.#consumers = this.#from.map((at) =>
      ranges.filter(({ from, width }) => (at - from + CIRCLE) % CIRCLE < width).map(({ consumer }) => consumer),
    );
  }

  /** The consumers of a record. */
  match(data: Uint8Array): readonly string[] {
    const hash = hashOf(data);
    const from = this.#from;
    let low = 0;
    for (let high = from.length - 1; low < high; ) {
      const middle = (low + high + 1) >>> 1;
      if ((from[middle] as number) <= hash) low = middle;
      else high = middle - 1;
    }
    return this.#consumers[low] as readonly string[];
  }
}

function hashOf(data: Uint8Array): number {
  let h = 0;
  for (let at = 0; at < HASHED_BYTES; at += 4) {
    h = Math.imul(h ^ wordAt(data, at), 0x85ebca6b);
    h ^= h >>> 15;
  }
  return h >>> 0;
}
