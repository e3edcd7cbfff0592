import { decodeBlocks } from '../data/codec.ts';
import { lookupKey } from '../data/key.ts';
import type { Partitioner } from '../data/partitioner.ts';
import { describe, error, isMillraceError } from '../errors/index.ts';
import { KeyedState } from '../state/keyed-state.ts';
import { decodeDelta, encodeDelta } from '../state/state-delta.ts';
import { decodeEntry } from '../state/stored-state.ts';
import { decodeRecord, encodeRecord, keys, type StoodRecord } from './layout.ts';
import type { DueMigration } from './migrations.ts';
import type { CheckpointStore, StoreChange } from './store.ts';
import { decodePartition, encodePartition } from './stored-partition.ts';

/** Where the state of the node goes that a migration leads to. */
export interface MigrationTarget {
  readonly partitioner: Partitioner;
  /** True if nothing but names has changed: what is stored stays as it is. */
  readonly sameShape: boolean;
  /** True if the state is more than keys with values, and does not survive being taken apart. */
  readonly keepsPanes: boolean;
  /** True if what the node gives are its keys and state. */
  readonly givesState: boolean;
}

/**
 * What has to be written for a node's state to be the migrated one. Reads the store and changes nothing: all changes go into
 * one transaction with the description of the new program, so that a crash leaves either the old state or the new one.
 *
 * @throws MR_MIGRATION_FAILED, MR_MIGRATION_REFUSED, MR_NOT_ENCODABLE; what a partitioner throws
 */
export function migratedState(store: CheckpointStore, due: DueMigration, target: MigrationTarget): StoreChange[] {
  const { from, to, converts } = due;
  const bytes = store.get(keys.stood(from));
  if (converts.length === 0 && target.sameShape) {
    const moved: StoreChange[] = [];
    for (const kind of ['state', 'entry', 'touched', 'output'])
      for (const { key, value } of store.entries([kind, from]))
        moved.push({ kind: 'put', key: [kind, to, ...key.slice(2)], value });
    return bytes === undefined ? moved : [...moved, { kind: 'put', key: keys.stood(to), value: bytes }];
  }
  if (target.keepsPanes)
    throw error('MR_MIGRATION_REFUSED', {
      name: to,
      reason: 'it is put together of the batches in its window, and of keys by the batch that they came with',
    });
  const stood = bytes === undefined ? null : decodeRecord<StoodRecord>(bytes);
  return [
    ...(stood === null ? [] : convertedState(store, due, target, stood)),
    ...convertedOutputs(store, due, target),
  ];
}

/** All partitions of the state, each as a whole. Keys come partition after partition of the old state, in its order. */
function convertedState(
  store: CheckpointStore,
  due: DueMigration,
  { partitioner }: MigrationTarget,
  { time, partitions }: StoodRecord,
): StoreChange[] {
  const { from, to } = due;
  const { numPartitions } = partitioner;
  const made = Array.from({ length: numPartitions }, () => ({
    keys: [] as unknown[],
    values: [] as unknown[],
    times: [] as number[],
    /** What the keys were. */
    before: [] as unknown[],
  }));
  const known = new Set<unknown>();
  for (let partition = 0; partition < partitions; partition++) {
    const state = new KeyedState();
    for (const { value } of store.entries(keys.states(from, partition))) state.load(decodeDelta(value));
    for (const { value } of store.entries(keys.entriesOf(from, partition))) state.admit(decodeEntry(value));
    if (state.panes.length > 0)
      throw error('MR_MIGRATION_REFUSED', { name: to, reason: `it was the state of a window or of dedupe, ${from}` });
    for (const entry of state.entries.values()) {
      const pair = convertedPair(due, entry.key, entry.value);
      if (pair === null) continue;
      const [key, value] = pair;
      const id = identityOf(to, entry.key, key);
      if (known.has(id))
        throw error('MR_MIGRATION_FAILED', { name: to, key: entry.key, reason: 'another key has become the same one' });
      known.add(id);
      const there = made[partitioner.getPartition(key)];
      there.keys.push(key);
      there.values.push(value);
      // Timeouts go on from the last time that the key had data.
      there.times.push(entry.time);
      there.before.push(entry.key);
    }
  }
  const changes = made.map(({ keys: inserted, values, times, before }, partition): StoreChange => {
    const whole = {
      time,
      whole: true,
      removed: [],
      updated: { keys: [], values: [] },
      inserted: { keys: inserted, values },
      insertedTimes: times,
      panes: [],
      newPanes: [],
    };
    try {
      return { kind: 'put', key: keys.state(to, partition, time), value: encodeDelta(whole, to) };
    } catch (cause) {
      throw unstorable(to, before, inserted, values) ?? cause;
    }
  });
  const value = encodeRecord({ time, partitions: numPartitions } satisfies StoodRecord);
  return [...changes, { kind: 'put', key: keys.stood(to), value }];
}

/** The first key that, or whose state, no checkpoint can keep; null if all can be. */
function unstorable(
  name: string,
  before: readonly unknown[],
  made: readonly unknown[],
  values: readonly unknown[],
): Error | null {
  for (const [i, key] of made.entries()) {
    try {
      encodeRecord([key, values[i]]);
    } catch (cause) {
      const reason = `what its function returned cannot be stored: ${(cause as Error).message.replace(/\.+$/, '')}`;
      return error('MR_MIGRATION_FAILED', { name, key: before[i], reason }, { cause });
    }
  }
  return null;
}

/** What the node gave in the past, where later batches look back at it: keys and state likewise, other records as they are. */
function convertedOutputs(
  store: CheckpointStore,
  due: DueMigration,
  { partitioner, givesState }: MigrationTarget,
): StoreChange[] {
  const { from, to } = due;
  const changes: StoreChange[] = [];
  const byTime = new Map<number, unknown[][]>();
  for (const { key, value } of store.entries(['output', from])) {
    const [, , time, partition] = key as [string, string, number, number];
    if (!givesState) {
      changes.push({ kind: 'put', key: keys.output(to, time, partition), value });
      continue;
    }
    const made = byTime.get(time) ?? Array.from({ length: partitioner.numPartitions }, () => []);
    byTime.set(time, made);
    const stored = decodePartition(value);
    const pairs = (stored.kind === 'blocks' ? decodeBlocks(stored.blocks) : []) as [unknown, unknown][];
    for (const [oldKey, state] of pairs) {
      const pair = convertedPair(due, oldKey, state);
      if (pair !== null) made[partitioner.getPartition(pair[0])].push(pair);
    }
  }
  for (const [time, made] of byTime)
    made.forEach((records, partition) => {
      try {
        const value = encodePartition({ kind: 'live', records }, to);
        changes.push({ kind: 'put', key: keys.output(to, time, partition), value });
      } catch (cause) {
        const pairs = records as [unknown, unknown][];
        const there = pairs.map(([key]) => key);
        throw (
          unstorable(
            to,
            there,
            there,
            pairs.map(([, state]) => state),
          ) ?? cause
        );
      }
    });
  return changes;
}

/** A key and its state after all conversions; null if one of them drops it. @throws MR_MIGRATION_FAILED */
function convertedPair(
  { to, converts }: DueMigration,
  key: unknown,
  state: unknown,
): readonly [unknown, unknown] | null {
  let pair: readonly [unknown, unknown] = [key, state];
  for (const convert of converts) {
    let made: unknown;
    try {
      made = convert(pair[0], pair[1]);
    } catch (cause) {
      throw error(
        'MR_MIGRATION_FAILED',
        { name: to, key, reason: `its function threw ${cause instanceof Error ? cause.message : String(cause)}` },
        { cause },
      );
    }
    if (made === null) return null;
    if (!Array.isArray(made) || made.length !== 2 || made[1] === undefined)
      throw error('MR_MIGRATION_FAILED', {
        name: to,
        key,
        reason: `its function must return [key, state], or null to drop the key, but returned ${describe(made)}${made instanceof Promise ? '; it must not be async' : ''}`,
      });
    pair = made as unknown as readonly [unknown, unknown];
  }
  return pair;
}

function identityOf(name: string, before: unknown, key: unknown): unknown {
  try {
    return lookupKey(key);
  } catch (cause) {
    const reason = isMillraceError(cause) ? `its new key is none: ${cause.message}` : String(cause);
    throw error('MR_MIGRATION_FAILED', { name, key: before, reason }, { cause });
  }
}
