import { BUCKETS_PER_PARTITION, type BucketTable, homeTable, isHome, sameTable } from '../data/bucket-table.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import { partitionerOf } from '../plan/partitioning.ts';
import type { Mobility } from '../plan/state-placement.ts';
import type { Batch } from '../schedule/batch.ts';
import { LEAST_STEP } from '../skew/bucket-loads.ts';
import { betterTable, noLoads, observed, PLACEMENT_SETTINGS, type PlacementState, rested } from '../skew/placement.ts';

/** Tables by the name of the node whose state lies by them. */
export type NamedTables = readonly (readonly [node: string, table: BucketTable])[];

/** Says where buckets of a state are to lie from the batch at a time on, whatever its load; null: where they are. */
export type ForcedPlacement = (node: string, time: number, table: BucketTable) => BucketTable | null;

/** Where a state lies, and what is known of its load. */
interface Placed {
  readonly node: PlanNode;
  readonly home: BucketTable;
  readonly mobility: Mobility;
  /** In which batches it came to lie where, ascending: from each on, up to the next. Before the first it lies where keys are hashed to. */
  tables: { readonly time: number; readonly table: BucketTable }[];
  load: PlacementState;
}

const SETTINGS = PLACEMENT_SETTINGS;

/**
 * Where the virtual buckets of states lie, batch by batch. A table belongs to a batch from when it is planned: its record has the table,
 * and one that runs again obeys it. It is the state's own when the batch has committed.
 */
export class StatePlacements {
  readonly #planner: BatchPlanner;
  readonly #stateful: readonly PlanNode[];
  readonly #mobilityOf: (node: PlanNode) => Mobility;
  readonly #forced: ForcedPlacement | null;
  /** Made when they are first asked for: a checkpoint may change the number of partitions before. */
  #placed: ReadonlyMap<string, Placed> | null = null;
  /** Of batches that the run before has planned. */
  readonly #planned = new Set<number>();

  /** @param stateful nodes with state that outputs depend on */
  constructor(
    planner: BatchPlanner,
    stateful: readonly PlanNode[],
    mobilityOf: (node: PlanNode) => Mobility,
    forced: ForcedPlacement | null,
  ) {
    this.#planner = planner;
    // stateSnapshots depends on state and has none of its own.
    this.#stateful = stateful.filter((node) => node.operator.stateLogic !== undefined);
    this.#mobilityOf = mobilityOf;
    this.#forced = forced;
  }

  /** Goes on where the run before has stopped. @param stood where states are @param pending batches that are planned, oldest first */
  restore(stood: NamedTables, pending: readonly { readonly time: number; readonly tables?: NamedTables }[]): void {
    for (const [node, table] of stood) this.#place(node, Number.NEGATIVE_INFINITY, table);
    for (const { time, tables = [] } of pending) {
      this.#planned.add(time);
      for (const [node, table] of tables) this.#place(node, time, table);
    }
  }

  /** Decides where states lie in the batch at a time, before it is planned. Batches are planned in the order of time. */
  plan(time: number): void {
    const known = this.#planned.delete(time);
    for (const placed of this.#all.values()) {
      const { node, home } = placed;
      this.#forget(placed);
      if (known || !this.#planner.isValid(node, time)) continue;
      const table = placed.tables.at(-1)?.table ?? home;
      const next = this.#next(placed, table, time);
      if (next === null || sameTable(next, table)) continue;
      placed.tables.push({ time, table: next });
      placed.load = rested(placed.load, SETTINGS);
    }
  }

  #next({ node, mobility, load, home }: Placed, table: BucketTable, time: number): BucketTable | null {
    if (mobility === 'home') return isHome(table) ? null : home;
    if (mobility === 'stays') return null;
    return this.#forced === null ? betterTable(load, table, SETTINGS) : this.#forced(node.name, time, table);
  }

  /** Where a state lies in the batch at a time; null: where keys are hashed to. */
  tableAt(node: string, time: number): BucketTable | null {
    return this.#all.get(node)?.tables.findLast((each) => each.time <= time)?.table ?? null;
  }

  /** Whether the load of a state is looked at, and how closely. */
  leastStepOf(node: string): number | null {
    const placed = this.#all.get(node);
    return placed?.mobility === 'moves' && placed.home.length > BUCKETS_PER_PARTITION ? LEAST_STEP : null;
  }

  /** What the record of a batch needs: tables by which its states are to lie and do not yet. */
  recordOf(time: number): NamedTables {
    return [...this.#all.keys()].flatMap((node) => {
      const table = this.tableAt(node, time);
      const base = this.#planner.stateBase(node);
      return table === null || (base !== null && this.tableAt(node, base) === table) ? [] : [[node, table] as const];
    });
  }

  /** A batch has committed: takes in what its states had to do. */
  committed({ bucketLoads }: Pick<Batch, 'bucketLoads'>): void {
    for (const [node, loads] of bucketLoads) {
      const placed = this.#all.get(node);
      if (placed === undefined) continue;
      const table = placed.tables.at(-1)?.table ?? placed.home;
      placed.load = observed(placed.load, loads, table, SETTINGS);
    }
  }

  /** How much is remembered, for the test that nothing grows. */
  holdings(): { readonly tables: number; readonly planned: number } {
    const tables = [...this.#all.values()].reduce((sum, placed) => sum + placed.tables.length, 0);
    return { tables, planned: this.#planned.size };
  }

  #place(node: string, time: number, table: BucketTable): void {
    const placed = this.#all.get(node);
    // Of state that was migrated to other partitions since, it says nothing.
    if (placed === undefined || table.length !== placed.home.length) return;
    if (placed.tables.at(-1) !== undefined && sameTable(placed.tables.at(-1)!.table, table)) return;
    placed.tables.push({ time, table });
  }

  /** What was before the place where the state is. */
  #forget(placed: Placed): void {
    const base = this.#planner.stateBase(placed.node.name);
    if (base === null || placed.tables.length < 2) return;
    const at = placed.tables.findLastIndex((each) => each.time <= base);
    if (at > 0) placed.tables = placed.tables.slice(at);
  }

  get #all(): ReadonlyMap<string, Placed> {
    this.#placed ??= new Map(
      this.#stateful.map((node) => {
        const { defaultParallelism } = this.#planner;
        const { partitioner } = partitionerOf(node, this.#planner.scope(node, 0), defaultParallelism);
        const mobility = partitioner.kind === 'hash' ? this.#mobilityOf(node) : 'stays';
        const home = homeTable(partitioner.numPartitions);
        return [node.name, { node, home, mobility, tables: [], load: noLoads(home) }];
      }),
    );
    return this.#placed;
  }
}

const forced = new WeakMap<object, ForcedPlacement>();

/** For tests and simulations: has states of a context's job lie where a function says, and not where their load would have them. */
export function forcePlacement(context: object, placement: ForcedPlacement): void {
  forced.set(context, placement);
}

/** What was said of a context; null for all jobs but those of tests. */
export function forcedPlacement(context: object): ForcedPlacement | null {
  return forced.get(context) ?? null;
}
