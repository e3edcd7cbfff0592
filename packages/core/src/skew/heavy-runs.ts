import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Columns } from '../task/columns.ts';
import { type HeavyKey, heavyByHome } from './heavy-key.ts';
import type { HeavyRun } from './split-report.ts';

/** A run is cut into slices of no more than this part of a reducer's even share of its map output. */
const SLICE_PART = 1 / 16;

/** Map output whose heavy keys have left their buckets. */
export interface Separated {
  /** Those of the reducers, then the values of each slice, without keys. */
  readonly buckets: readonly Columns[];
  /** In the order of the buckets, and of their first records. */
  readonly runs: readonly HeavyRun[];
}

/**
 * Takes keys out of their buckets: all values of such a key in this map output are a run, which is cut into slices. Only buckets with such
 * a key are walked.
 *
 * @param buckets one for each reducer
 * @param heavy as `sampleHeavyKeys` has found them
 */
export function separateHeavy(
  buckets: readonly Columns[],
  heavy: readonly HeavyKey[],
  homeOf: (key: unknown) => number,
): Separated {
  const wanted = heavyByHome(heavy, homeOf);
  const total = buckets.reduce((sum, { keys }) => sum + keys.length, 0);
  const most = Math.max(1, Math.ceil((total * SLICE_PART) / buckets.length));
  const runs: HeavyRun[] = [];
  const slices: Columns[] = [];
  const rest = buckets.map((bucket, home) => {
    const ids = wanted.get(home);
    if (ids === undefined) return bucket;
    const { left, found } = walk(bucket, ids);
    for (const { key, at, values } of found) {
      const cuts = cut(values, most);
      slices.push(...cuts.map((slice) => ({ keys: [], values: slice })));
      runs.push({ key, home, at, slices: cuts.map((slice) => slice.length) });
    }
    return left;
  });
  return { buckets: [...rest, ...slices], runs };
}

/** A key that is taken out, from its first record on. */
interface Found {
  key: unknown;
  at: number;
  readonly values: unknown[];
}

const NOT_MET = -1;

/** One lookup for each record: whether it stays, and if not, which list it goes to. */
function walk({ keys, values }: Columns, ids: ReadonlySet<LookupKey>): { left: Columns; found: readonly Found[] } {
  const wanted = new Map<LookupKey, Found>();
  for (const id of ids) wanted.set(id, { key: undefined, at: NOT_MET, values: [] });
  const found: Found[] = [];
  const [leftKeys, leftValues]: [unknown[], unknown[]] = [[], []];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const run = wanted.get(lookupKey(key));
    if (run === undefined) {
      leftKeys.push(key);
      leftValues.push(values[i]);
      continue;
    }
    if (run.at === NOT_MET) {
      run.key = key;
      run.at = leftKeys.length;
      found.push(run);
    }
    run.values.push(values[i]);
  }
  return { left: { keys: leftKeys, values: leftValues }, found };
}

/** Values in as few slices as there can be, of about the same length. */
function cut(values: readonly unknown[], most: number): readonly (readonly unknown[])[] {
  const count = Math.ceil(values.length / most);
  const start = (i: number) => Math.floor((i * values.length) / count);
  return Array.from({ length: count }, (_, i) => values.slice(start(i), start(i + 1)));
}
