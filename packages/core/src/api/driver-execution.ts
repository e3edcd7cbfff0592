import type { BackendSession } from '../backend/contract.ts';
import { liveExchange } from '../backend/exchange.ts';
import { recordsOf } from '../backend/graph-run.ts';
import { LocalSlot } from '../backend/local-slot.ts';
import { StageRunner } from '../backend/stage-runner.ts';
import { againWhenLost, runAction } from '../lineage/action-runner.ts';
import { FunctionScope } from '../lineage/function-scope.ts';
import { isReady, type StateBase } from '../lineage/lineage-reads.ts';
import type { ProgramRegistry } from '../lineage/program-registry.ts';
import { emptyKept, type Handle, type RddNode } from '../lineage/rdd-node.ts';
import { parentsOf } from '../lineage/rdd-parents.ts';
import { cutStages } from '../lineage/stage-cutter.ts';
import type { GraphResult } from '../lineage/stage-graph.ts';
import type { TaskAttempts } from '../lineage/task-attempts.ts';
import type { Clock } from '../schedule/clock.ts';
import type { SplitPlans } from '../skew/split-plans.ts';
import type { PlanFunctions } from '../task/function-source.ts';
import { SlotRuntime } from '../task/slot-runtime.ts';
import type { RddExecution, RddSetting } from './rdd/execution.ts';

/** What an action of the driver needs of the batch that it belongs to. */
export interface DriverBatch {
  readonly broadcasts: ReadonlyMap<string, number>;
  readonly baseOf: StateBase;
  /** Where failed attempts of its tasks are counted. */
  readonly attempts?: TaskAttempts;
  /** Where plans for split keys are kept. */
  readonly plans?: SplitPlans;
  /** Books what an action gave. */
  record(result: GraphResult, states: Iterable<string>): void;
}

/**
 * Runs actions for functions on the driver (`foreachRDD`, `slice`). A stream's own batch is computed by the backend,
 * once, and kept there; what the function derives from it is computed here, from partitions that are fetched as needed,
 * because its closures exist only here.
 */
export class DriverExecution {
  readonly #session: BackendSession;
  readonly #registry: ProgramRegistry;
  readonly #runner: StageRunner;
  readonly #runtime: SlotRuntime;
  #scopes = 0;
  #cached: { readonly node: RddNode; readonly time: number }[] = [];

  constructor(
    session: BackendSession,
    plan: PlanFunctions,
    clock: Clock,
    registry: ProgramRegistry,
    broadcast: (name: string, version: number) => unknown,
  ) {
    this.#session = session;
    this.#registry = registry;
    this.#runtime = new SlotRuntime({
      slot: DRIVER_SLOT,
      plan,
      clock,
      exchange: liveExchange,
      broadcast,
      stateReads: null,
    });
    this.#runner = new StageRunner([new LocalSlot(this.#runtime, clock, DRIVER_SLOT)], {
      clock,
      maxTaskFailures: 1,
      remote: false,
      fetchForeign: (handle) => session.fetch(handle, null),
    });
  }

  /** Where new lineage grows: a scope whose functions only the driver has. */
  setting(owner: object, operator: string, time: number, defaultParallelism: number, batch: DriverBatch): RddSetting {
    const scope = new FunctionScope({ id: `driver-${this.#scopes++}`, operator, time, driverOnly: true });
    const execution: RddExecution = {
      collect: (node, partitions) => this.#collect(node, batch, partitions),
      take: (node, limit) => this.#take(node, batch, limit),
      counts: (node) => this.#counts(node, batch),
      persist: (node) => this.#persist(node, time),
      unpersist: (node) => this.#unpersist(node),
    };
    return { scope, defaultParallelism, execution, owner, operator };
  }

  /** Closes what functions on the driver had open. @returns what went wrong, in words */
  close(): Promise<string[]> {
    return this.#runtime.close();
  }

  /** Drops what `cache()` kept for batches up to a time. */
  forget(time: number): void {
    const over = this.#cached.filter((c) => c.time <= time);
    this.#cached = this.#cached.filter((c) => c.time > time);
    for (const { node } of over) this.#unpersist(node);
  }

  async #collect(
    node: RddNode,
    batch: DriverBatch,
    partitions?: readonly number[],
  ): Promise<readonly (readonly unknown[])[]> {
    if (belongsToBackend(node)) {
      if (!isReady(node)) {
        const result = await this.#compute(node, batch, 'records');
        const all = result.partitions.map(recordsOf);
        return partitions === undefined ? all : partitions.map((p) => all[p]);
      }
      const wanted = partitions ?? node.kept?.handles.map((_, p) => p) ?? [];
      return Promise.all(wanted.map((p) => this.#fetch(node, batch, p, null)));
    }
    return againWhenLost(async () => {
      for (const frontier of frontierOf(node)) await this.#materialize(frontier, batch);
      const graph = cutStages(
        node,
        { kind: 'records' },
        // What the driver keeps is its own affair: it is not undone with the batch.
        { registry: this.#registry, time: node.scope.time, ...batch, attempts: undefined, partitions },
      );
      const result = await this.#runner.run(graph);
      batch.record(result, []);
      return result.partitions.map(recordsOf);
    });
  }

  /** Partition after partition, until there are enough; lineage that shuffles gives all of them or none. */
  async #take(node: RddNode, batch: DriverBatch, limit: number): Promise<readonly unknown[]> {
    if (!belongsToBackend(node) && shuffles(node)) return (await this.#collect(node, batch)).flat().slice(0, limit);
    const out: unknown[] = [];
    for (let p = 0; p < node.numPartitions && out.length < limit; p++) {
      const rest = limit - out.length;
      const records = belongsToBackend(node)
        ? await this.#fetch(node, batch, p, rest)
        : (await this.#collect(node, batch, [p]))[0];
      for (let i = 0; i < records.length && i < rest; i++) out.push(records[i]);
    }
    return out;
  }

  async #counts(node: RddNode, batch: DriverBatch): Promise<readonly number[]> {
    if (!belongsToBackend(node)) return (await this.#collect(node, batch)).map((p) => p.length);
    await this.#materialize(node, batch);
    return (node.kept?.handles ?? []).map((h) => (h as Handle).count);
  }

  async #materialize(node: RddNode, batch: DriverBatch): Promise<void> {
    if (!isReady(node) || (node.kept?.handles ?? []).some((h) => h !== null && !this.#session.holds(h))) {
      await this.#compute(node, batch, 'none');
    }
  }

  async #compute(node: RddNode, batch: DriverBatch, sink: 'records' | 'none'): Promise<GraphResult> {
    const { result, states } = await runAction(
      this.#session,
      node,
      { kind: sink },
      { registry: this.#registry, time: node.scope.time, ...batch },
    );
    batch.record(result, states);
    return result;
  }

  #fetch(node: RddNode, batch: DriverBatch, partition: number, limit: number | null): Promise<readonly unknown[]> {
    return againWhenLost(async () => {
      await this.#materialize(node, batch);
      const handle = node.kept?.handles[partition] as Handle;
      return handle.count === 0 ? [] : recordsOf(await this.#session.fetch(handle, limit));
    });
  }

  #persist(node: RddNode, time: number): void {
    if (node.kept !== null) return;
    node.kept = emptyKept(node.numPartitions);
    this.#cached.push({ node, time });
  }

  #unpersist(node: RddNode): void {
    if (node.kept === null || belongsToBackend(node)) return;
    this.#runner.release(node.kept.handles.filter((h) => h !== null));
    node.kept = null;
  }
}

/** The slot number of the driver's own runtime. */
const DRIVER_SLOT = -1;

/** True for lineage that the backend can run and keeps: that of the plan, not of the driver's closures. */
function belongsToBackend(node: RddNode): boolean {
  return !node.scope.driverOnly && node.kept !== null;
}

/** True if a partition of driver lineage needs all partitions of something that is computed here. */
function shuffles(node: RddNode): boolean {
  if (belongsToBackend(node)) return false;
  return node.op.kind === 'shuffle' || parentsOf(node).some(shuffles);
}

/** The backend's nodes that driver lineage reads. */
function frontierOf(node: RddNode, seen = new Set<RddNode>()): RddNode[] {
  if (seen.has(node)) return [];
  seen.add(node);
  if (belongsToBackend(node)) return [node];
  return parentsOf(node).flatMap((p) => frontierOf(p, seen));
}
