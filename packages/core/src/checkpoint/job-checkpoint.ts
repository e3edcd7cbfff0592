import type { BucketTable } from '../data/bucket-table.ts';
import type { RestoredState, SavedState, SweepRequest } from '../state/saved-state.ts';
import { Expiries } from './expiries.ts';
import {
  type BatchRecord,
  type DoneRecord,
  decodeRecord,
  encodeRecord,
  FORMAT,
  type InputProgress,
  keys,
  type MetaRecord,
  refuseNewer,
  type SkippedRecord,
  type StoodRecord,
  type StreamBatch,
} from './layout.ts';
import { lookAtEnds, lookAtTheRest } from './look-through.ts';
import type { JobShape } from './plan-shape.ts';
import { simulatedParts } from './simulation.ts';
import { type PlacedBase, StateChains } from './state-chains.ts';
import type { CheckpointStore, StoreChange, StoreKey } from './store.ts';
import { storedChanges } from './stored-states.ts';
import { type Migrations, type Takeover, takeOver } from './take-over.ts';

/** What a job finds of the run before. */
export interface Found extends Omit<Takeover, 'changes' | 'warnings'> {
  readonly skipped: readonly SkippedRecord[];
  /** Accumulators by name. */
  readonly sums: readonly (readonly [name: string, value: unknown])[];
}

/** What a batch leaves behind when it completes. */
export interface BatchResult {
  readonly time: number;
  /** What it changed in states; nodes that it advanced without changing anything are in `stood` alone. */
  readonly states: readonly SavedState[];
  /** Whole partitions of state that take the place of what was written of them. */
  readonly bases: readonly PlacedBase[];
  /** Nodes whose state is at this batch now, with their number of partitions, and where buckets lie that have moved. */
  readonly stood: readonly (readonly [node: string, partitions: number, table: BucketTable | null])[];
  /** What it has computed for windows that are not due yet. */
  readonly computed: readonly StreamBatch[];
  /** Further entries, each kept until the batches up to a time are over. */
  readonly entries: readonly { readonly key: StoreKey; readonly value: Uint8Array; readonly until: number }[];
}

/** Entries of state that a slot reads with a batch, where a partition is to be written as a whole. Takes it a millisecond or two. */
const SWEPT_AT_ONCE = 16_384;

/**
 * A job's checkpoints: what is written when, in which transaction, and how long it is kept. Knows nothing of streams.
 *
 *     inputs have started    ──►  begun: where they begin         durable before the job says that it has started
 *     a batch is planned     ──►  batch: its inputs               durable before any of its outputs runs
 *     a batch has completed  ──►  done + state + outputs + sums   one transaction; what nobody needs any more goes with it
 *     state was swept        ──►  all of a partition              in the place of what was written of it before
 */
export class JobCheckpoint {
  readonly store: CheckpointStore;
  readonly #warn: (message: string) => void;
  readonly #chains: StateChains;
  readonly #sweptAtOnce: number;
  readonly #expiries = new Expiries();
  /** Whether this is the owner: what belongs to another is not closed. */
  #isOpen = false;
  /** What is written down of the job; null before it is found or begun. */
  #meta: MetaRecord | null = null;

  /** @param partsOf how many deltas of a node's state become one; null: their weight decides */
  constructor(
    store: CheckpointStore,
    warn: (message: string) => void,
    partsOf: (node: string) => number | null = () => null,
  ) {
    this.store = store;
    const simulated = simulatedParts(store);
    this.#chains = new StateChains(simulated === undefined ? partsOf : () => simulated.partsOfOne);
    this.#warn = warn;
    this.#sweptAtOnce = simulated?.sweptAtOnce ?? SWEPT_AT_ONCE;
  }

  /**
   * Opens the store and looks for an earlier run of the job; null if there is none.
   * @param now what the job is
   * @param rememberMs how far back windows look
   * @param migrations how state becomes what the job expects
   * @throws MR_CHECKPOINT_NEWER, MR_CHECKPOINT_DIFFERS, what a migration and what the store throws; nothing is changed then
   */
  async open(
    now: JobShape,
    allow: readonly string[],
    rememberMs: number,
    migrations: Migrations,
  ): Promise<Found | null> {
    await this.store.open();
    this.#isOpen = true;
    const bytes = this.store.get(keys.meta);
    if (bytes === undefined) return null;
    const meta = decodeRecord<MetaRecord>(bytes);
    refuseNewer(this.store.where, meta);
    lookAtEnds(this.store);
    const { changes, warnings, ...found } = takeOver(this.store, meta, now, allow, migrations);
    this.#meta = found.meta;
    const skipped: SkippedRecord[] = [];
    for (const { value } of this.store.entries(['skipped'])) {
      const record = decodeRecord<SkippedRecord>(value);
      this.#expireSkipped(record, rememberMs);
      skipped.push(record);
    }
    const sums = this.store.get(keys.sums);
    // A program that differs and may is the one that the next start compares with.
    if (changes !== null) {
      lookAtTheRest(this.store);
      await this.store.write(changes);
    }
    for (const warning of warnings) this.#warn(warning);
    return { ...found, skipped, sums: sums === undefined ? [] : decodeRecord(sums) };
  }

  /** Once no window looks back to batch times that were missed, their record goes. */
  #expireSkipped({ from, to }: SkippedRecord, rememberMs: number): void {
    this.#expiries.add(to + rememberMs, { kind: 'delete', key: keys.skipped(from) });
  }

  /** Begins a job's checkpoints: nothing was there. */
  begin(meta: Omit<MetaRecord, 'format'>): Promise<void> {
    return this.store.write([{ kind: 'put', key: keys.meta, value: encodeRecord({ format: FORMAT, ...meta }) }]);
  }

  /** Writes down where inputs have begun: a run that ends before its first batch leaves it to the next one. */
  begun(progress: readonly InputProgress[]): Promise<void> {
    return this.store.write([{ kind: 'put', key: keys.begun, value: encodeRecord(progress) }]);
  }

  /** Writes down which log is the job's, where it goes on and has another than before, or its first. */
  async nameLog(logId: string): Promise<void> {
    if (this.#meta === null || this.#meta.logId === logId) return;
    this.#meta = { ...this.#meta, logId };
    await this.store.write([{ kind: 'put', key: keys.meta, value: encodeRecord(this.#meta) }]);
  }

  /**
   * Writes down that batch times were missed and will have no batch.
   * @param rememberMs how far back windows look
   */
  skip(record: SkippedRecord, rememberMs: number): Promise<void> {
    this.#expireSkipped(record, rememberMs);
    return this.store.write([{ kind: 'put', key: keys.skipped(record.from), value: encodeRecord(record) }]);
  }

  /**
   * Writes down what a batch will read, before it runs.
   * @param inputs records of inputs that cannot be asked for them again
   * @param until how long the batch itself is remembered
   */
  planned(
    record: BatchRecord,
    inputs: readonly { readonly key: StoreKey; readonly value: Uint8Array }[],
    until: number,
  ): Promise<void> {
    const changes: StoreChange[] = [{ kind: 'put', key: keys.batch(record.time), value: encodeRecord(record) }];
    this.remember(record.time, until);
    for (const { key, value } of inputs) changes.push({ kind: 'put', key, value });
    return this.store.write(changes);
  }

  /** Writes down anew what inputs have saved with a batch. */
  rewrite(record: BatchRecord): Promise<void> {
    return this.store.write([{ kind: 'put', key: keys.batch(record.time), value: encodeRecord(record) }]);
  }

  /** Has the records of a batch deleted when batches up to `until` are over. */
  remember(time: number, until: number): void {
    this.#expiries.add(until, { kind: 'delete', key: keys.batch(time) });
    this.#expiries.add(until, { kind: 'delete', key: keys.done(time) });
  }

  /** Has something deleted when batches up to `until` are over. */
  expire(until: number, change: StoreChange): void {
    this.#expiries.add(until, change);
  }

  /** A batch is over: it has completed, or failed for good. */
  async completed(
    result: BatchResult,
    failed: string | null,
    sums: readonly (readonly [string, unknown])[] | null,
  ): Promise<void> {
    const { time, states, bases, stood, computed, entries } = result;
    const done: DoneRecord = computed.length === 0 ? { failed } : { failed, computed };
    const changes: StoreChange[] = [{ kind: 'put', key: keys.done(time), value: encodeRecord(done) }];
    for (const state of states) {
      const { node, partition, bytes } = state;
      if (state.isStored) {
        for (const change of storedChanges(state)) changes.push(change);
        continue;
      }
      changes.push({ kind: 'put', key: keys.state(node, partition, time), value: bytes });
      this.#chains.add(node, partition, time, bytes.length);
    }
    for (const [node, partitions, table] of stood)
      changes.push({
        kind: 'put',
        key: keys.stood(node),
        value: encodeRecord({ time, partitions, ...(table === null ? {} : { table }) } satisfies StoodRecord),
      });
    for (const { key, value, until } of entries) {
      changes.push({ kind: 'put', key, value });
      this.#expiries.add(until, { kind: 'delete', key });
    }
    if (sums !== null && sums.length > 0) changes.push({ kind: 'put', key: keys.sums, value: encodeRecord(sums) });
    changes.push(...this.#expiries.take());
    await this.store.write(changes);
    for (const base of bases) this.#place(base);
  }

  /** Puts a base in its place, behind the batch that it came with: that one is over without it. A store that closes waits for it. */
  #place(base: PlacedBase): void {
    this.store.write(this.#chains.begin(base)).catch((e: unknown) => {
      // The deltas are there as they were, and say the same; what is written next fails as well.
      this.#warn(`State of ${base.node} was not written as a whole: ${String(e)}`);
    });
  }

  /** What is to be read of a node's state as a whole, with what the next batch changes in it; undefined if nothing is. */
  sweepOf(node: string): SweepRequest | undefined {
    const partitions = this.#chains.due(node);
    return partitions.length === 0 ? undefined : { partitions, entries: this.#sweptAtOnce };
  }

  /** All batches up to a time are over. */
  over(time: number): void {
    this.#expiries.over(time);
  }

  /** Where a node's state stands; null if nothing was stored of it. */
  stood(node: string): StoodRecord | null {
    const bytes = this.store.get(keys.stood(node));
    return bytes === undefined ? null : decodeRecord<StoodRecord>(bytes);
  }

  /** The stored state of a partition. */
  stateOf(node: string, partition: number, time: number): RestoredState {
    const entries = [...this.store.entries(keys.states(node, partition))];
    if (!this.#chains.has(node, partition))
      for (const { key, value } of entries) this.#chains.add(node, partition, key[3] as number, value.length);
    return { node, partition, deltas: entries.map(({ value }) => value), time };
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.store.close();
    this.#isOpen = false;
  }
}
