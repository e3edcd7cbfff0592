import { hashKey } from '../data/hash.ts';
import { compareValues } from '../data/partitioner.ts';
import { placeIn } from '../skew/key-sample.ts';
import { planRanges, type SampledKey } from '../skew/range-plan.ts';
import { refuseNoPair } from '../task/checks.ts';
import type { PartitionContext } from '../task/partition-context.ts';
import type { AnyFunction } from './function-scope.ts';
import { keyWithoutSalt, saltedKey } from './salted-key.ts';

/*
 * Functions of the engine that lineage refers to by name. Every thread has them, so their address is valid everywhere.
 */

type Pair = readonly [key: unknown, value: unknown];
type Lists = readonly [readonly unknown[], readonly unknown[]];

const NONE: readonly unknown[] = [null];

function pairs(left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (const a of left) for (const b of right) out.push([a, b]);
  return out;
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function seededRandom(seed: string): () => number {
  let a = hashKey(seed);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How many keys of each partition are looked at to find range bounds. */
const BOUNDS_SAMPLE = 256;

/** The engine's own functions by name; `"!name"` is their address. */
export const builtins: Readonly<Record<string, AnyFunction>> = {
  key: (pair: Pair) => pair[0],
  value: (pair: Pair) => pair[1],
  one: (x: unknown) => [x, 1],
  zero: () => 0,
  add: (a: number, b: number) => a + b,
  increment: (n: number) => n + 1,
  keyOnly: (x: unknown) => [x, null],
  first: (a: unknown) => a,
  glom: (records: readonly unknown[]) => [[...records]],
  inner: ([left, right]: Lists) => pairs(left, right),
  left: ([left, right]: Lists) => pairs(left, right.length === 0 ? NONE : right),
  right: ([left, right]: Lists) => pairs(left.length === 0 ? NONE : left, right),
  full: ([left, right]: Lists) => pairs(left.length === 0 ? NONE : left, right.length === 0 ? NONE : right),
  onlyLeft: ([left, right]: Lists) => (right.length === 0 ? left : []),
  bothSides: (pair: readonly [unknown, Lists]) => pair[1][0].length > 0 && pair[1][1].length > 0,
  countPartition: (records: readonly unknown[], context: PartitionContext) => [[context.partition, records.length]],
  /** Decision: where the numbering of each partition begins. */
  offsets: (counts: readonly (readonly [number, number])[]) => {
    const offsets: number[] = [];
    let next = 0;
    for (const [, count] of [...counts].sort((a, b) => a[0] - b[0])) {
      offsets.push(next);
      next += count;
    }
    return offsets;
  },
  index: (records: readonly unknown[], context: PartitionContext) => {
    const from = (context.decision as readonly number[])[context.partition];
    return records.map((record, i) => [record, from + i]);
  },
  /** Keys of a partition, one of each stretch of so many, with the number that each stands for, and the partition. */
  sampleKeys: (records: readonly unknown[], context: PartitionContext) => {
    const step = Math.max(1, Math.ceil(records.length / BOUNDS_SAMPLE));
    const out: SampledKey[] = [];
    for (let i = 0; i < records.length; i += step) {
      const stretch = Math.min(step, records.length - i);
      const [key] = records[i + placeIn(i / step, stretch)] as Pair;
      out.push([key, stretch, context.partition]);
    }
    return out;
  },
  /** Decision: `parameter` ranges of about equal weight. */
  rangePlan: planRanges,
  sortPairs: (records: readonly Pair[], context: PartitionContext) => {
    const sign = context.parameter === false ? -1 : 1;
    return [...records].sort((a, b) => sign * compareValues(a[0], b[0]));
  },
  /** Pairs by `saltedKey` with a random salt below `parameter`: the same ones when the batch is computed again. */
  salt: (records: readonly Pair[], context: PartitionContext) => {
    const random = seededRandom(`${context.seed}/${context.partition}`);
    const salts = context.parameter as number;
    return records.map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) refuseNoPair(pair, context.operator);
      return [saltedKey(Math.floor(random() * salts), pair[0]), pair[1]];
    });
  },
  unsalt: ([key, value]: Pair) => [keyWithoutSalt(key), value],
  sample: (records: readonly unknown[], context: PartitionContext) => {
    const { fraction, withReplacement, seed } = context.parameter as {
      fraction: number;
      withReplacement: boolean;
      seed: number | null;
    };
    const random = seededRandom(`${seed ?? context.seed}/${context.partition}`);
    if (!withReplacement) return records.filter(() => random() < fraction);
    const limit = Math.exp(-fraction);
    return records.flatMap((record) => {
      // Knuth's method for a Poisson number of copies.
      let copies = 0;
      for (let p = random(); p > limit; p *= random()) copies += 1;
      return new Array<unknown>(copies).fill(record);
    });
  },
};
