import type { BucketTable } from '../data/bucket-table.ts';
import type { PlanNode } from '../plan/node.ts';
import type { RecordErrors } from '../task/record-failures.ts';
import { FunctionScope } from './function-scope.ts';
import { emptyKept, type Handle, type Kept, type RddNode, undone } from './rdd-node.ts';
import { sameRdd } from './rdd-ops.ts';
import { isBoundToPartition, movedNodes, parentsOf } from './rdd-parents.ts';
import { FixedGrid, type TimeGrid } from './time-grid.ts';

/** What the planner asks of the program's inputs and state. */
export interface PlannerHost {
  /** The source's batch at a time, null if it has none. Called once for each batch. */
  sourceBatch(node: PlanNode, time: number): RddNode | null;
  readonly defaultParallelism: number;
  readonly jobName: string;
  /** What tells the replay of a batch from the batch; null where nothing is replayed. */
  replayAt(time: number): string | null;
  /** What becomes of records that fail in an operator; null: they fail the batch. */
  recordErrors(node: PlanNode): RecordErrors | null;
  /** How often a node's state is to be checkpointed as a whole, in ms; null: nobody has said. */
  checkpointIntervalOf(node: string): number | null;
  /** Whether somebody behind a node relies on its records lying where their keys belong. */
  isLayoutUsed(node: PlanNode): boolean;
  /** Whether the right side of a join goes to all tasks in the batch at a time. */
  broadcastsRight(join: string, time: number): boolean;
  /** Where the virtual buckets of a state lie in the batch at a time; null: where they are hashed to. */
  tableAt(node: string, time: number): BucketTable | null;
  /** How one key of so many of a map output is looked at at least, where the load of a state is measured; null: none. */
  leastStepOf(node: string): number | null;
  /** Gives kept partitions back to the backend. */
  release(handles: readonly Handle[]): void;
}

/** Lineage of a stream's batch, with what must be known to drop it. */
interface Planned {
  readonly rdd: RddNode | null;
}

/**
 * Plan × batch time → lineage. Remembers what it made for as long as somebody needs it: two children see the same batch,
 * a window finds the batches that it covers, `slice` finds the past.
 */
export class BatchPlanner {
  readonly #host: PlannerHost;
  readonly #remember: ReadonlyMap<string, number>;
  readonly #persisted: ReadonlySet<string>;
  readonly #memo = new Map<string, Map<number, Planned>>();
  readonly #committed = new Map<string, number>();
  readonly #stateful = new Set<string>();
  /** Nodes that are computed from state, or have it. */
  readonly #fromState: ReadonlySet<PlanNode>;
  /** Spans of batch times without batches, as far back as anybody looks. */
  #skipped: (readonly [from: number, to: number])[] = [];
  /** Lineage nodes of `transform` and of operators that hold handles, by batch time. */
  readonly #keptAt = new Map<number, { readonly kept: Kept; readonly until: number }[]>();
  readonly grid: TimeGrid;

  constructor(
    host: PlannerHost,
    remember: ReadonlyMap<string, number>,
    persisted: ReadonlySet<string>,
    grid: TimeGrid = new FixedGrid(),
    fromState: ReadonlySet<PlanNode> = new Set(),
  ) {
    this.#host = host;
    this.grid = grid;
    this.#remember = remember;
    this.#persisted = persisted;
    this.#fromState = fromState;
  }

  get defaultParallelism(): number {
    return this.#host.defaultParallelism;
  }

  /** By which job, and in which replay, a batch is written, as sinks are told. */
  writtenBy(time: number): { readonly job: string; readonly replay?: string } {
    const { jobName } = this.#host;
    const replay = this.#host.replayAt(time);
    return replay === null ? { job: jobName } : { job: `${jobName}-replay-${replay}`, replay };
  }

  /** What becomes of records that fail in an operator; null: they fail the batch. */
  recordErrors(node: PlanNode): RecordErrors | null {
    return this.#host.recordErrors(node);
  }

  /** Whether somebody behind a node relies on its records lying where their keys belong. */
  isLayoutUsed(node: PlanNode): boolean {
    return this.#host.isLayoutUsed(node);
  }

  /** Whether the right side of a join goes to all tasks in the batch at a time, by what batches before it have measured. */
  broadcastsRight(node: PlanNode, time: number): boolean {
    return this.#host.broadcastsRight(node.name, time);
  }

  /** Where the virtual buckets of a state lie in the batch at a time; null: where they are hashed to. */
  tableAt(node: string, time: number): BucketTable | null {
    return this.#host.tableAt(node, time);
  }

  /** How one key of so many of a map output is looked at at least, where the load of a state is measured; null: none. */
  leastStepOf(node: string): number | null {
    return this.#host.leastStepOf(node);
  }

  /** How often a node's state is to be checkpointed as a whole, in ms; null: nobody has said. */
  checkpointIntervalOf(node: PlanNode): number | null {
    return this.#host.checkpointIntervalOf(node.name);
  }

  get zeroTime(): number {
    return this.grid.zeroTime;
  }

  /** How long a node's batches are kept, in ms. */
  rememberOf(node: PlanNode): number {
    return this.#remember.get(node.name) ?? node.slideMs;
  }

  /** The same, by the node's name; 0 for a node that is not in the plan. */
  rememberOfName(name: string): number {
    return this.#remember.get(name) ?? 0;
  }

  /** A stream has batches only at multiples of its slide after the zero time (R1). */
  isValid(node: PlanNode, time: number): boolean {
    return this.grid.isValid(node, time);
  }

  /** The batch of a stream at a time; null where it has none. */
  rdd(node: PlanNode, time: number): RddNode | null {
    let times = this.#memo.get(node.name);
    const known = times?.get(time);
    if (known !== undefined) return known.rdd;
    if (!this.isValid(node, time) || this.#skipped.some(([from, to]) => time >= from && time <= to)) return null;
    let rdd = node.operator.lower(node, time, this);
    // What a failed batch takes back must not be the batch of a stream or of a time to which it does not belong.
    if (rdd !== null && rdd.scope.operator !== node.name && this.#fromState.has(node))
      rdd = sameRdd(new FunctionScope({ id: `${node.name}!same`, operator: node.name, time }), rdd);
    if (times === undefined) {
      times = new Map();
      this.#memo.set(node.name, times);
    }
    times.set(time, { rdd });
    if (rdd !== null && this.#persisted.has(node.name)) this.keep(rdd, time + this.rememberOf(node));
    return rdd;
  }

  /** Whether a stream's batches are kept once they are computed. */
  isPersisted(node: PlanNode): boolean {
    return this.#persisted.has(node.name);
  }

  /** A stream's batch, if it was asked for and is remembered. */
  planned(node: PlanNode, time: number): RddNode | null {
    return this.#memo.get(node.name)?.get(time)?.rdd ?? null;
  }

  sourceBatch(node: PlanNode, time: number): RddNode | null {
    return this.#host.sourceBatch(node, time);
  }

  /** Where a node's lineage is built: its functions by address. */
  scope(node: PlanNode, time: number): FunctionScope {
    return new FunctionScope({ id: node.name, operator: node.name, time, functions: node.functions });
  }

  /** Time of the last batch whose changes of a node's state have committed; null before the first. */
  stateBase(node: string): number | null {
    return this.#committed.get(node) ?? null;
  }

  /** True if a batch that begins a node's state was planned. */
  hasState(node: PlanNode): boolean {
    return this.#stateful.has(node.name);
  }

  /** Books that a batch that changes a node's state was planned. */
  noteState(node: PlanNode): void {
    this.#stateful.add(node.name);
  }

  /** The same, by the node's name. */
  noteStateOf(name: string): void {
    this.#stateful.add(name);
  }

  /** Batch times from `from` to `to` have no batch, of any stream. */
  skip(from: number, to: number): void {
    this.#skipped.push([from, to]);
  }

  /**
   * The batch at a time has failed, and later ones go on. What it has computed from state is undone: there is no such batch, for
   * windows that look back either. What is computed from inputs alone is computed again by whoever needs it.
   */
  failed(time: number): void {
    const handles: Handle[] = [];
    for (const node of this.#fromState) {
      const rdd = this.planned(node, time);
      if (rdd !== null) handles.push(...undone(rdd));
      this.seed(node, time, null);
    }
    if (handles.length > 0) this.#host.release(handles);
  }

  /** Sets a stream's batch: one of the past, or one that is to be another. */
  seed(node: PlanNode, time: number, rdd: RddNode | null): void {
    let times = this.#memo.get(node.name);
    if (times === undefined) {
      times = new Map();
      this.#memo.set(node.name, times);
    }
    times.set(time, { rdd });
  }

  /** Books that a batch's changes of state are in. */
  commitState(node: string, time: number): void {
    this.#committed.set(node, time);
  }

  /** Has a lineage node keep its partitions once they are computed, until the clock of batches passes `until`. */
  keep(rdd: RddNode, until: number): void {
    if (!isKept(rdd)) rdd.kept = emptyKept(rdd.numPartitions);
    const kept = rdd.kept as Kept;
    if (until > rdd.scope.time) kept.lasting = true;
    let list = this.#keptAt.get(until);
    if (list === undefined) {
      list = [];
      this.#keptAt.set(until, list);
    }
    list.push({ kept, until });
  }

  /**
   * Has every lineage node that is read more than once within a batch keep its partitions until the batch is over, so
   * that a stream used by several outputs is computed once (R3). Sources in the driver's heap are there already.
   * @param roots what outputs read
   * @param advances what is computed besides, inputs first
   */
  keepShared(roots: readonly RddNode[], time: number, advances: readonly RddNode[] = []): void {
    const seen = new Map<RddNode, number>();
    const tops = [...roots];
    let bound = false;
    const visit = (node: RddNode) => {
      const uses = (seen.get(node) ?? 0) + 1;
      seen.set(node, uses);
      if (uses === 1) {
        if (isBoundToPartition(node)) bound = true;
        for (const parent of parentsOf(node)) visit(parent);
        return;
      }
      if (uses === 2 && !isKept(node) && !isCheap(node)) this.keep(node, time);
    };
    for (const root of roots) visit(root);
    // Consumers come after what they consume: the last of what nobody reads is a root as well.
    for (const root of [...advances].reverse()) {
      if (seen.has(root)) continue;
      tops.push(root);
      visit(root);
    }
    // State is where its partition is: a task that wants it under another number reads what was kept there.
    if (bound) for (const node of movedNodes(tops)) if (!isKept(node)) this.keep(node, time);
  }

  /**
   * Forgets what nobody needs after the batch at `time` has completed: batches with t <= time - remember (R54).
   * @param busy batches that run now; what they may have begun to read stays until they have ended
   */
  forget(time: number, busy: readonly Promise<void>[] = []): void {
    for (const [name, times] of this.#memo) {
      const remember = this.#remember.get(name) ?? 0;
      for (const t of times.keys()) if (t <= time - remember) times.delete(t);
    }
    if (this.#skipped.length > 0) {
      const most = Math.max(...this.#remember.values());
      this.#skipped = this.#skipped.filter(([, to]) => to > time - most);
    }
    const cells: Kept[] = [];
    for (const [until, list] of this.#keptAt) {
      if (until > time) continue;
      this.#keptAt.delete(until);
      for (const { kept } of list) {
        // Lineage that is read again later computes its partitions anew and keeps them no more.
        kept.over = true;
        cells.push(kept);
      }
    }
    if (cells.length === 0) return;
    if (busy.length === 0) this.#free(cells);
    else void Promise.all(busy).then(() => this.#free(cells));
  }

  #free(cells: readonly Kept[]): void {
    const handles: Handle[] = [];
    for (const kept of cells) {
      kept.handles.forEach((h, i) => {
        if (h !== null) handles.push(h);
        kept.handles[i] = null;
      });
    }
    if (handles.length > 0) this.#host.release(handles);
  }

  /** Batch times of a node that are remembered now, in order. */
  rememberedTimes(node: PlanNode): number[] {
    return [...(this.#memo.get(node.name)?.keys() ?? [])].sort((a, b) => a - b);
  }

  /** How much is remembered, for the test that nothing grows. */
  holdings(): { batches: number; kept: number; skipped: number } {
    let batches = 0;
    for (const times of this.#memo.values()) batches += times.size;
    let kept = 0;
    for (const list of this.#keptAt.values()) kept += list.length;
    return { batches, kept, skipped: this.#skipped.length };
  }
}

/** True if a node's partitions are kept, or will be. */
export function isKept({ kept }: RddNode): boolean {
  return kept !== null && !kept.over;
}

/** True if reading a node twice costs nothing: its records lie in the driver's heap. */
function isCheap(node: RddNode): boolean {
  return node.op.kind === 'source' && node.op.partitions.every((p) => p.kind === 'live');
}
