import { isDeepStrictEqual } from 'node:util';
import { type LookupKey, lookupKey } from '../data/key.ts';
import type { RunReport } from './split-report.ts';
import { takersOf } from './takers.ts';

/** A key that is split. */
export interface SplitKey {
  readonly key: unknown;
  /** The partition of its hash. */
  readonly home: number;
}

/** Some of a split key's records. */
export interface SliceRef {
  /** Index of the key in the plan. */
  readonly heavy: number;
  /** Index of the map output. */
  readonly map: number;
  /** Its bucket there. */
  readonly bucket: number;
}

/** Who works on what of a shuffle, besides the buckets, which stay with their reducers. Plain data. */
export interface SplitPlan {
  /** In the order in which map tasks told of them. */
  readonly keys: readonly SplitKey[];
  /** For each partition its slices, in the order in which their records came. */
  readonly slices: readonly (readonly SliceRef[])[];
  /** Records of each partition under this plan. */
  readonly loads: readonly number[];
}

/** All slices of one key, as they came. */
interface Heavy extends SplitKey {
  readonly slices: { readonly ref: SliceRef; readonly records: number }[];
  records: number;
}

/**
 * Lays the runs of a shuffle over its partitions, so that each has about the same number of records. A key that fits where it belongs, or
 * as a whole somewhere else, is not split. The slices of a key lie in ascending partitions in the order of their records.
 *
 * Depends on the reports alone: the same ones give the same plan on every backend, and after a crash. Follows the scheme that Prompt
 * (SIGMOD 2020) has for batches: whole buckets first, then heavy keys into what is left, heaviest first.
 *
 * @param reports in the order of the map partitions
 * @returns null where no map task has a run
 */
export function planSplit(reports: readonly RunReport[], partitions: number): SplitPlan | null {
  const heavy = heavyKeys(reports, partitions);
  if (heavy.length === 0) return null;
  const loads = new Array<number>(partitions).fill(0);
  for (const { buckets } of reports) for (const [p, records] of buckets.entries()) loads[p]! += records;
  const all = loads.reduce((sum, n) => sum + n, 0) + heavy.reduce((sum, { records }) => sum + records, 0);
  const slices: SliceRef[][] = loads.map(() => []);
  // Sorting is stable: of equally heavy keys the one that came first is first.
  for (const key of [...heavy].sort((a, b) => b.records - a.records)) place(key, all / partitions, loads, slices);
  for (const list of slices) list.sort(inOrder);
  return { keys: heavy.map(({ key, home }) => ({ key, home })), slices, loads };
}

/** Whether two plans are about the same slices, so that either can be followed. */
export function isSplitOfTheSame(a: SplitPlan, b: SplitPlan): boolean {
  const about = ({ keys, slices }: SplitPlan) => [
    keys,
    slices.length,
    slices.flat().sort((x, y) => x.heavy - y.heavy || inOrder(x, y)),
  ];
  return isDeepStrictEqual(about(a), about(b));
}

function heavyKeys(reports: readonly RunReport[], partitions: number): Heavy[] {
  const found = new Map<LookupKey, Heavy & { readonly index: number }>();
  reports.forEach(({ runs }, map) => {
    let bucket = partitions;
    for (const { key, home, slices } of runs) {
      const id = lookupKey(key);
      let heavy = found.get(id);
      if (heavy === undefined) {
        heavy = { key, home, slices: [], records: 0, index: found.size };
        found.set(id, heavy);
      }
      for (const records of slices) {
        heavy.slices.push({ ref: { heavy: heavy.index, map, bucket: bucket++ }, records });
        heavy.records += records;
      }
    }
  });
  return [...found.values()];
}

function place(key: Heavy, share: number, loads: number[], slices: SliceRef[][]): void {
  const takers = takersOf(key.home, key.records, share, loads);
  let at = 0;
  for (const [i, p] of takers.entries()) {
    const last = i === takers.length - 1;
    for (; at < key.slices.length; at++) {
      const { ref, records } = key.slices[at]!;
      // Half a slice too much is as good as half a slice too little.
      if (!last && loads[p]! + records / 2 > share) break;
      slices[p]!.push(ref);
      loads[p]! += records;
    }
  }
}

function inOrder(a: SliceRef, b: SliceRef): number {
  return a.map - b.map || a.bucket - b.bucket;
}
