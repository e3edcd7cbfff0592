import { expect, test } from 'vitest';
import { hashKey } from '../data/hash.ts';
import { lookupKey } from '../data/key.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { separateHeavy } from '../skew/heavy-runs.ts';
import { sampleHeavyKeys } from '../skew/key-sample.ts';
import { planSplit } from '../skew/split-plan.ts';
import type { AggregatorFunctions } from './accumulators.ts';
import type { Columns } from './columns.ts';
import { mergeBuckets } from './shuffle-read.ts';
import { assembleFragments, type FragmentPart, groupFragments } from './split-read.ts';

const RUNS = 300;
const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now());

function finished<T>(work: Generator<unknown, T>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

type Buckets = readonly { readonly keys: unknown[]; readonly values: unknown[] }[];

function scattered(records: readonly (readonly [unknown, unknown])[], reducers: number): Buckets {
  const buckets = Array.from({ length: reducers }, () => ({ keys: [] as unknown[], values: [] as unknown[] }));
  for (const [key, value] of records) {
    const bucket = buckets[hashKey(key) % reducers]!;
    bucket.keys.push(key);
    bucket.values.push(value);
  }
  return buckets;
}

/** Some keys are much more often there than others, and not in each map task the same ones. */
function anyMaps(random: () => number, reducers: number): Buckets[] {
  let next = 0;
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const kinds = 1 + Math.floor(random() * 40);
    const bend = 1 + 6 * random();
    const shift = Math.floor(random() * 6);
    const key = () => {
      const n = shift + Math.floor(random() ** bend * kinds);
      return n % 7 === 3 ? ['a', n] : n % 5 === 0 ? n : `k${n}`;
    };
    return scattered(
      Array.from({ length: Math.floor(random() * 200) }, () => [key(), next++] as const),
      reducers,
    );
  });
}

/** What reducers have in the end when heavy keys are split; null where none is. */
function split(maps: readonly Buckets[], reducers: number, merge: 'values' | 'group', by: AggregatorFunctions | null) {
  const outputs = maps.map((buckets) =>
    separateHeavy(buckets, sampleHeavyKeys(buckets, 1), (key) => hashKey(key) % reducers),
  );
  const reports = outputs.map(({ buckets, runs }) => ({
    buckets: buckets.slice(0, reducers).map(({ keys }) => keys.length),
    runs,
  }));
  const plan = planSplit(reports, reducers);
  if (plan === null) return null;
  const made = plan.slices.map((slices, p) => {
    const own = plan.keys.flatMap(({ key, home }, heavy) => (home === p ? [[heavy, key] as const] : []));
    const numbers = new Map(own.map(([heavy, key]) => [lookupKey(key), heavy]));
    const part: FragmentPart = {
      maps: outputs.map((_, map) => map),
      holes: outputs.map(({ runs }) =>
        runs.filter(({ home }) => home === p).map(({ key, at }) => [at, numbers.get(lookupKey(key))!] as const),
      ),
      own,
      slices: slices.map(({ heavy, map, bucket }) => [heavy, plan.keys[heavy]!.home, map, bucket]),
    };
    const read = [
      ...outputs.map(({ buckets }) => buckets[p]!),
      ...slices.map(({ map, bucket }) => outputs[map]!.buckets[bucket]!),
    ];
    return finished(groupFragments(read, part, p, merge, by));
  });
  return made.map(({ rest }, p) => {
    const fragments = made.flatMap(({ byHome }) => byHome.get(p) ?? []);
    const keys = plan.keys.map(({ key }) => key);
    return finished(assembleFragments(rest, fragments, keys, merge, by));
  });
}

const listing: AggregatorFunctions = {
  create: () => '',
  add: (all, value) => `${all} ${value}`,
  merge: null,
  operator: 'fold',
};
const joining: AggregatorFunctions = {
  create: null,
  add: (all, value) => `${all} ${value}`,
  merge: null,
  operator: 'fold',
};

test.each([
  ['groups', 'group', null],
  ['accumulators that cannot be merged', 'values', listing],
  ['values put together', 'values', joining],
] as const)(`keys that are split have the same %s, in the same order, seed ${SEED}`, (_, merge, by) => {
  let splits = 0;
  const random = seededRandom(SEED);
  for (let run = 0; run < RUNS; run++) {
    const reducers = 2 + Math.floor(random() * 6);
    const maps = anyMaps(random, reducers);
    const found = split(maps, reducers, merge, by);
    if (found === null) continue;
    splits += 1;
    const plain = (columns: Columns) => columns.keys.map((key, i) => [key, columns.values[i]]);
    const expected = Array.from({ length: reducers }, (_, p) =>
      plain(
        finished(
          mergeBuckets(
            maps.map((buckets) => buckets[p]!),
            merge,
            by,
          ),
        ),
      ),
    );
    expect(found.map(plain), `seed ${SEED}, run ${run}`).toEqual(expected);
  }
  expect(splits).toBeGreaterThan(RUNS / 3);
});
