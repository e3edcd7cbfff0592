import { type LookupKey, lookupKey } from '../data/key.ts';
import type { Stage, StageGraph, StageShuffle } from '../lineage/stage-graph.ts';
import type { Clock } from '../schedule/clock.ts';
import { followJoin, type JoinFragment, type JoinPlan, planJoin } from '../skew/join-plan.ts';
import { isSplitOfTheSame, planSplit, type SplitKey, type SplitPlan } from '../skew/split-plan.ts';
import type { SplitPlans } from '../skew/split-plans.ts';
import type { MapReport } from '../skew/split-report.ts';
import type { JoinPart, WantedKeys } from '../task/join-pieces.ts';
import type { FragmentPart } from '../task/split-read.ts';
import { JoinSplits } from './join-splits.ts';
import type { Done } from './task-attempt.ts';

/** Where a split key was in a map output: behind so many records of its bucket. */
type Hole = readonly [at: number, heavy: number];
/** By the partition where keys are at home, and by map output. */
type HolesByHome = ReadonlyMap<number, ReadonlyMap<number, readonly Hole[]>>;

/** Which keys of a graph's shuffles are split, and who works on them. Plans are made when somebody asks for them, which is when the map tasks have run. */
export class GraphSplits {
  readonly #maps = new Map<
    number,
    { readonly key: string; readonly done: readonly Done[]; readonly reports: readonly MapReport[] }
  >();
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #plans: SplitPlans | undefined;
  readonly #writing: Promise<void>[] = [];
  readonly #splits = new Map<number, SplitPlan | null>();
  readonly #holes = new Map<number, HolesByHome>();
  readonly #planMs = new Map<number, number>();
  readonly #joins = new JoinSplits((stage) => this.#maps.get(stage)?.reports ?? []);

  /** Stages whose keys meet those of another one in a join whose pairs may be split. */
  readonly #meeting = new Set<number>();

  constructor({ stages, plans }: Pick<StageGraph, 'stages' | 'plans'>, clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
    this.#plans = plans;
    for (const { split } of stages) {
      if (split?.kind !== 'residues') continue;
      const sides = split.of.filter((stage) => stage !== null);
      if (sides.length > 1) for (const stage of sides) this.#meeting.add(stage);
    }
  }

  /** Whether map tasks of a stage tell which keys they have met. */
  meets(stage: number): boolean {
    return this.#meeting.has(stage);
  }

  /** Resolves when all plans so far are safe. @throws what the store throws */
  async whenSafe(): Promise<void> {
    await Promise.all(this.#writing.splice(0));
  }

  /** A stage has run. @param done what its tasks gave, in the order of their partitions */
  ran({ id, shuffle, split }: Stage, done: readonly Done[]): void {
    if (shuffle === null) return;
    const { key } = shuffle;
    if (shuffle.splits) this.#maps.set(id, { key, done, reports: done.map((each) => reportOf(each, shuffle)) });
    if (split?.kind !== 'residues') return;
    const known = this.#earlier<JoinPlan>(key);
    const isFree = known === null && this.#plans?.mayBegin !== false;
    const decided = this.#timed(id, () => {
      const about = this.#joins.toPlan(split, id, done);
      if (about === null) return null;
      const { keys, loads } = about;
      const earlier = known ?? { keys: [], pieces: loads.map(() => []), loads };
      const followed = isFree ? null : followJoin(earlier, keys, loads, split.join);
      return { plan: followed ?? planJoin(keys, loads, split.join), isNew: followed === null };
    });
    if (decided === null) return;
    if (decided.isNew) this.#write(key, decided.plan);
    this.#joins.use(id, split.of, decided.plan);
  }

  /** Whether there is anything to do in a stage: in one that works on split keys, if there are any. To be asked when it could run. */
  isWanted({ id, split, shuffle }: Stage): boolean {
    if (split === null) return true;
    if (split.kind === 'fragments') return this.of(split.of) !== null;
    return this.#timed(id, () => this.#joins.find(split.of, this.#earlier<JoinPlan>(shuffle!.key))).length > 0;
  }

  /** The plan for a stage's shuffle; null where no key is split. */
  of(stage: number): SplitPlan | null {
    const known = this.#splits.get(stage);
    if (known !== undefined) return known;
    const { reports = [], key = '' } = this.#maps.get(stage) ?? {};
    const partitions = reports[0]?.buckets.length ?? 0;
    const made = reports.every(({ runs }) => runs.length === 0)
      ? null
      : this.#timed(stage, () => planSplit(reports, partitions));
    const earlier = this.#earlier<SplitPlan>(key);
    const isFollowed = made !== null && earlier !== null && isSplitOfTheSame(earlier, made);
    if (made !== null && !isFollowed) this.#write(key, made);
    const plan = isFollowed ? earlier : made;
    this.#splits.set(stage, plan);
    return plan;
  }

  /** How a stage's shuffle is split for a join; null where it is not. */
  join(stage: number): { readonly plan: JoinPlan; readonly planMs: number } | null {
    const found = this.#joins.of(stage);
    return found === null ? null : { plan: found.plan, planMs: this.planMs(found.stage) };
  }

  /** Milliseconds that it took to plan. */
  planMs(stage: number): number {
    return this.#planMs.get(stage) ?? 0;
  }

  /** What a fragment task has to know. */
  part(stage: number, partition: number): FragmentPart {
    const { keys, slices } = this.of(stage) as SplitPlan;
    const { done = [] } = this.#maps.get(stage) ?? {};
    const own = keys.flatMap(({ key, home }, heavy) => (home === partition ? [[heavy, key] as const] : []));
    const holes = this.#holesOf(stage, keys).get(partition) ?? new Map<number, Hole[]>();
    const maps = done.flatMap(({ output }, map) =>
      (output.buckets?.[partition] ?? null) !== null || holes.has(map) ? [map] : [],
    );
    return {
      maps,
      holes: maps.map((map) => holes.get(map) ?? []),
      own,
      slices: slices[partition]!.map(({ heavy, map, bucket }) => [heavy, keys[heavy]!.home, map, bucket]),
    };
  }

  /** What is to be taken out of the sides of a join's partition. */
  wanted(sides: readonly (number | null)[], partition: number): WantedKeys {
    const maps = sides.map((stage) => {
      if (stage === null) return null;
      const { reports = [] } = this.#maps.get(stage) ?? {};
      return reports.flatMap(({ buckets }, map) => (buckets[partition]! > 0 ? [map] : []));
    });
    return { own: this.#joins.ownOf(sides, partition), maps };
  }

  /** What a task of a join makes of split keys. @param stage that of residues */
  pieces(stage: number, partition: number): { readonly part: JoinPart; readonly fragments: readonly JoinFragment[] } {
    return this.#joins.pieces(stage, partition);
  }

  /** What an earlier run of the batch has decided for a shuffle; null if it has decided nothing. */
  #earlier<P extends SplitPlan | JoinPlan>(shuffle: string): P | null {
    return (this.#plans?.known(shuffle) ?? null) as P | null;
  }

  /** Where split keys were in the map outputs of a stage: walked through once, and asked for by each partition. */
  #holesOf(stage: number, keys: readonly SplitKey[]): HolesByHome {
    const known = this.#holes.get(stage);
    if (known !== undefined) return known;
    const found = holesByHome(keys, this.#maps.get(stage)?.done ?? []);
    this.#holes.set(stage, found);
    return found;
  }

  #write(shuffle: string, plan: SplitPlan | JoinPlan): void {
    const written = this.#plans?.decided(shuffle, plan);
    if (written === undefined) return;
    // Whoever waits for the plan hears of what goes wrong.
    written.catch(() => {});
    this.#writing.push(written);
  }

  #timed<T>(stage: number, work: () => T): T {
    const from = this.#clock.elapsed();
    const result = work();
    this.#planMs.set(stage, this.planMs(stage) + this.#clock.elapsed() - from);
    return result;
  }
}

function reportOf({ output: { buckets, runs, met } }: Done, { reducers }: StageShuffle): MapReport {
  return { buckets: Array.from({ length: reducers }, (_, r) => buckets?.[r]?.count ?? 0), runs, met };
}

function holesByHome(keys: readonly SplitKey[], done: readonly Done[]): HolesByHome {
  const numbers = new Map<LookupKey, number>(keys.map(({ key }, heavy) => [lookupKey(key), heavy]));
  const byHome = new Map<number, Map<number, Hole[]>>();
  for (const [map, { output }] of done.entries()) {
    for (const { key, home, at } of output.runs) {
      const ofHome = byHome.get(home) ?? new Map<number, Hole[]>();
      byHome.set(home, ofHome);
      const holes = ofHome.get(map) ?? [];
      ofHome.set(map, holes);
      holes.push([at, numbers.get(lookupKey(key)) as number]);
    }
  }
  return byHome;
}
