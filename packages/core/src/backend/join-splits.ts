import { type LookupKey, lookupKey } from '../data/key.ts';
import type { StageSplit } from '../lineage/stage-graph.ts';
import type { JoinFragment, JoinKey, JoinPlan, Rectangle } from '../skew/join-plan.ts';
import { keysOfManyPairs } from '../skew/met-keys.ts';
import type { SplitKey } from '../skew/split-plan.ts';
import type { MapReport } from '../skew/split-report.ts';
import type { BucketRange, JoinPart } from '../task/join-pieces.ts';
import type { Done } from './task-attempt.ts';

type Sides = readonly (number | null)[];

/** Which keys of a graph's joins are split, and which task makes which of their pairs. */
export class JoinSplits {
  readonly #reportsOf: (stage: number) => readonly MapReport[];
  readonly #keys = new Map<string, readonly SplitKey[]>();
  /** By the stage of residues. */
  readonly #plans = new Map<number, { readonly sides: Sides; readonly plan: JoinPlan }>();

  /** @param reportsOf what the map tasks of a stage have said */
  constructor(reportsOf: (stage: number) => readonly MapReport[]) {
    this.#reportsOf = reportsOf;
  }

  /**
   * Finds the keys of a join that are split, when the map tasks of its sides have run: those that are heavy on one of the sides, in the order in
   * which map tasks told of them, those of the left side first; then those that have many pairs though they are heavy on neither.
   * @param earlier what an earlier run of the batch has decided: keys that it has split are split, whether they are found heavy or not
   */
  find(sides: Sides, earlier: JoinPlan | null): readonly SplitKey[] {
    const known = this.#keys.get(sides.join());
    if (known !== undefined) return known;
    const found = new Map<LookupKey, SplitKey>();
    for (const { key, home } of earlier?.keys ?? []) found.set(lookupKey(key), { key, home });
    for (const stage of sides) {
      if (stage === null) continue;
      for (const { runs } of this.#reportsOf(stage)) {
        for (const { key, home } of runs) {
          const id = lookupKey(key);
          if (!found.has(id)) found.set(id, { key, home });
        }
      }
    }
    for (const each of this.#keysOfManyPairs(sides)) {
      const id = lookupKey(each.key);
      if (!found.has(id)) found.set(id, each);
    }
    const keys = [...found.values()];
    this.#keys.set(sides.join(), keys);
    return keys;
  }

  #keysOfManyPairs(sides: Sides): readonly SplitKey[] {
    const reports = sides.map((stage) => (stage === null ? [] : this.#reportsOf(stage)));
    const [left = [], right = []] = reports.map((list) => list.flatMap(({ met }) => met ?? []));
    if (left.length === 0 || right.length === 0) return [];
    let records = 0;
    for (const { buckets, runs } of reports.flat()) {
      for (const n of buckets) records += n;
      for (const { slices } of runs) for (const n of slices) records += n;
    }
    return keysOfManyPairs([left, right], records, reports[0]![0]!.buckets.length);
  }

  /** Those that were found and belong to a partition, with their index. */
  ownOf(sides: Sides, partition: number): (readonly [heavy: number, key: unknown])[] {
    return this.#keysOf(sides).flatMap(({ key, home }, heavy) => (home === partition ? [[heavy, key] as const] : []));
  }

  /**
   * What a plan for a join is about: where the values of the keys are that are split, and how many records each partition has besides them.
   * Null where no key is split.
   * @param stage that has taken out what was left of them
   * @param done what its tasks gave
   */
  toPlan(
    { of: sides }: Extract<StageSplit, { kind: 'residues' }>,
    stage: number,
    done: readonly Done[],
  ): { readonly keys: readonly JoinKey[]; readonly loads: readonly number[] } | null {
    const keys = this.#keysOf(sides);
    if (keys.length === 0) return null;
    const fragments = keys.map(() => sides.map((): JoinFragment[] => []));
    const numbers = new Map(keys.map(({ key }, heavy) => [lookupKey(key), heavy]));
    sides.forEach((from, side) => {
      if (from === null) return;
      this.#reportsOf(from).forEach(({ buckets, runs }, map) => {
        let bucket = buckets.length;
        for (const { key, slices } of runs)
          for (const records of slices)
            fragments[numbers.get(lookupKey(key))!]![side]!.push({ stage: from, map, bucket: bucket++, records });
      });
    });
    const loads = done.map((_, partition) => this.#recordsOf(sides, partition));
    /** By fragment, the map output that its values are from: of a residue that is not where it lies. */
    const origins = new Map<JoinFragment, number>();
    done.forEach(({ output }, partition) => {
      output.residues.forEach(({ heavy, side, map, values }, bucket) => {
        const fragment = { stage, map: partition, bucket, records: values };
        origins.set(fragment, map);
        fragments[heavy]![side]!.push(fragment);
        loads[partition]! -= sides[side] === null ? 0 : values;
      });
    });
    const origin = (fragment: JoinFragment) => origins.get(fragment) ?? fragment.map;
    const split = keys.map(({ key, home }, heavy): JoinKey => {
      // Sorting is stable: slices of a run stay in their order.
      const [left = [], right = []] = fragments[heavy]!.map((list) => list.sort((a, b) => origin(a) - origin(b)));
      return { key, home, sides: [left, right] };
    });
    return { keys: split, loads };
  }

  /** The plan that is followed. */
  use(stage: number, sides: Sides, plan: JoinPlan): void {
    this.#plans.set(stage, { sides, plan });
  }

  /** How a stage's shuffle is split; null where it is not. */
  of(stage: number): { readonly stage: number; readonly plan: JoinPlan } | null {
    for (const [of, { sides, plan }] of this.#plans) if (sides.includes(stage)) return { stage: of, plan };
    return null;
  }

  /** What a task of a join makes of split keys, and the fragments that it needs for that. @param stage that of residues */
  pieces(stage: number, partition: number): { readonly part: JoinPart; readonly fragments: readonly JoinFragment[] } {
    const found = this.#plans.get(stage);
    if (found === undefined) return NOTHING;
    const { keys, pieces } = found.plan;
    const fragments: JoinFragment[] = [];
    const numbers = new Map<JoinFragment, number>();
    const numberOf = (fragment: JoinFragment) => {
      let number = numbers.get(fragment);
      if (number === undefined) {
        number = fragments.push(fragment) - 1;
        numbers.set(fragment, number);
      }
      return number;
    };
    const part: JoinPart = {
      own: keys.flatMap(({ key, home }) => (home === partition ? [key] : [])),
      pieces: pieces[partition]!.map(({ heavy, rows, columns }) => {
        const { key, sides } = keys[heavy]!;
        return { key, left: rangesOf(sides[0], rows, numberOf), right: rangesOf(sides[1], columns, numberOf) };
      }),
    };
    return { part, fragments };
  }

  #keysOf(sides: Sides): readonly SplitKey[] {
    return this.#keys.get(sides.join()) ?? [];
  }

  /** Records of the shuffled sides in the buckets of a partition. */
  #recordsOf(sides: Sides, partition: number): number {
    let records = 0;
    for (const stage of sides)
      if (stage !== null) for (const { buckets } of this.#reportsOf(stage)) records += buckets[partition]!;
    return records;
  }
}

const NOTHING = { part: { own: [], pieces: [] }, fragments: [] } as const;

/** Which parts of fragments, one behind the other, have some of a side's values. */
function rangesOf(
  side: readonly JoinFragment[],
  [from, to]: Rectangle['rows'],
  numberOf: (fragment: JoinFragment) => number,
): BucketRange[] {
  const ranges: BucketRange[] = [];
  let start = 0;
  for (const fragment of side) {
    const [first, end] = [Math.max(from, start), Math.min(to, start + fragment.records)];
    if (first < end) ranges.push([numberOf(fragment), first - start, end - start]);
    start += fragment.records;
  }
  return ranges;
}
