import type { BackendSession } from '../backend/contract.ts';
import { decodePairs } from '../data/codec.ts';
import { lookupKey, storableKey } from '../data/key.ts';
import { error } from '../errors/index.ts';
import { againWhenLost } from '../lineage/action-runner.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import { statePartitioner } from '../plan/state-placement.ts';
import type { KeyPrefix, StateFound, StateRead } from '../state/state-read.ts';
import { ReadGate } from './read-gate.ts';

/** What was found, and the time of the batch that has left it in ms; null: no batch of the operator has completed. */
interface Found {
  readonly time: number | null;
  readonly pairs: readonly (readonly [key: unknown, value: unknown])[];
}

/**
 * Reads committed state for the driver. A slot knows a key's value before the batch that runs, since it may have to undo it, so
 * a read waits for no batch: at most for the tasks that its slot has begun. A batch that wants to commit waits for reads that
 * are under way, so that all partitions answer for the same batch.
 */
export class StateReads {
  readonly #planner: BatchPlanner;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #failure: () => { readonly reason: unknown } | null;
  readonly #gate = new ReadGate();
  #session: BackendSession | null = null;
  #closed = false;

  /**
   * @param stateful nodes with state that outputs depend on
   * @param failure why the job has ended, if it has failed
   */
  constructor(
    planner: BatchPlanner,
    stateful: readonly PlanNode[],
    failure: () => { readonly reason: unknown } | null,
  ) {
    this.#planner = planner;
    // stateSnapshots depends on state and has none of its own.
    this.#nodes = new Map(stateful.filter((n) => n.operator.stateLogic !== undefined).map((n) => [n.name, n]));
    this.#failure = failure;
  }

  /** State is where it belongs. */
  open(session: BackendSession): void {
    this.#session = session;
  }

  /** Ends reading, after the reads that are under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#gate.change(() => {});
  }

  /** Has state move on to another batch, between reads. */
  commit(apply: () => void): Promise<void> {
    return this.#gate.change(apply);
  }

  /** Time of the batch that reads see. @throws MR_STATE_NAME, MR_NOT_INITIALIZED, MR_CONTEXT_STOPPED */
  timeOf(name: string): number | null {
    this.#running(name);
    return this.#planner.stateBase(this.#node(name).name);
  }

  /** The state of one key. */
  async key(name: string, key: unknown): Promise<{ readonly value: unknown; readonly time: number | null }> {
    const id = lookupKey(storableKey(key));
    const { time, pairs } = await this.#read(name, { kind: 'key', id }, key);
    return { time, value: pairs[0]?.[1] };
  }

  /** The first keys with their state: of partition 0 in the order in which they came, then of partition 1, and so on. */
  first(name: string, limit: number, prefix: KeyPrefix | null): Promise<Found> {
    return this.#read(name, { kind: 'first', limit, prefix });
  }

  #read(name: string, what: StateRead['what'], key?: unknown): Promise<Found> {
    return this.#gate.read(async () => {
      const session = this.#running(name);
      const node = this.#node(name);
      const everywhere = what.kind === 'first' || node.operator.keysMayStray?.(node) === true;
      for (;;) {
        // Its partition is that of the batch that is asked for.
        const { partitioner } = statePartitioner(
          node,
          this.#planner.scope(node, 0),
          this.#planner,
          this.#planner.stateBase(name) ?? 0,
        );
        const partition = everywhere ? null : partitioner.getPartition(key);
        const wanted = everywhere ? partitioner.numPartitions : 1;
        const { time, found } = await againWhenLost(() => this.#ask(session, { node: name, partition, what }));
        if (time === null) return { time, pairs: [] };
        const known = found.filter(({ pairs }) => pairs !== null);
        if (known.length === wanted) return { time, pairs: pairsOf(known, node) };
        // State that was restored meanwhile may be at a later batch, which then has completed.
        if (this.#planner.stateBase(name) !== time) continue;
        const there = new Set(known.map((f) => f.partition));
        let lost = partition ?? 0;
        while (there.has(lost)) lost += 1;
        throw error('MR_STATE_LOST', { operator: name, slot: lost % session.slots });
      }
    });
  }

  async #ask(
    session: BackendSession,
    read: Omit<StateRead, 'time'>,
  ): Promise<{ readonly time: number | null; readonly found: readonly StateFound[] }> {
    const time = this.#planner.stateBase(read.node);
    return { time, found: time === null ? [] : await session.readState({ ...read, time }) };
  }

  #running(name: string): BackendSession {
    const what = `Reading the state of ${name}`;
    if (this.#closed) {
      const failure = this.#failure();
      throw error('MR_CONTEXT_STOPPED', { what }, failure === null ? {} : { cause: failure.reason });
    }
    if (this.#session === null) throw error('MR_NOT_INITIALIZED', { what });
    return this.#session;
  }

  #node(name: string): PlanNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw error('MR_STATE_NAME', { name, operators: [...this.#nodes.keys()] });
    return node;
  }
}

/** Keys with what users know as their state, partition after partition. */
function pairsOf(found: readonly StateFound[], node: PlanNode): [unknown, unknown][] {
  const { operator } = node;
  return [...found]
    .sort((a, b) => a.partition - b.partition)
    .flatMap(({ pairs }) => {
      const { keys, values } = decodePairs(pairs as Uint8Array);
      return keys.map((key, i): [unknown, unknown] => [
        key,
        operator.stateValue === undefined ? values[i] : operator.stateValue(node, values[i]),
      ]);
    });
}
