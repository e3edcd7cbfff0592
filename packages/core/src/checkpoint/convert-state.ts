import { lookupKey } from '../data/key.ts';
import { KeyedState } from '../state/keyed-state.ts';
import { decodeDelta, encodeDelta } from '../state/state-delta.ts';
import { decodeEntry, encodeEntry, storeId } from '../state/stored-state.ts';
import { keys } from './layout.ts';
import type { CheckpointStore, StoreChange } from './store.ts';

/** How a node's state is to lie in the store. */
export interface StateLayout {
  readonly node: string;
  readonly partitions: number;
  /** Batch time in ms that the state is at. */
  readonly time: number;
  /** An entry for each key, and not deltas. */
  readonly stored: boolean;
  /** Keys are looked for by the time of their last touch. */
  readonly timed: boolean;
}

/**
 * Lays the state of a node out as a changed program wants it: deltas become entries, entries one delta. Each partition in
 * one transaction; it has to fit into memory. What lies as it should is left alone.
 */
export async function convertState(store: CheckpointStore, layout: StateLayout): Promise<void> {
  for (let p = 0; p < layout.partitions; p++) {
    const changes = layout.stored ? toEntries(store, layout, p) : toDelta(store, layout, p);
    if (changes.length > 0) await store.write(changes);
  }
}

function toEntries(store: CheckpointStore, { node, timed }: StateLayout, partition: number): StoreChange[] {
  const prefix = keys.states(node, partition);
  const state = new KeyedState();
  let found = false;
  for (const { value } of store.entries(prefix)) {
    state.load(decodeDelta(value));
    found = true;
  }
  if (!found) return [];
  const changes: StoreChange[] = [{ kind: 'deletePrefix', prefix }];
  for (const entry of state.entries.values()) {
    const id = storeId(lookupKey(entry.key));
    changes.push({ kind: 'put', key: keys.entry(node, partition, id), value: encodeEntry(entry, node) });
    if (timed)
      changes.push({ kind: 'put', key: keys.touched(node, partition, entry.time, id), value: new Uint8Array(0) });
  }
  return changes;
}

function toDelta(store: CheckpointStore, { node, time }: StateLayout, partition: number): StoreChange[] {
  const inserted = { keys: [] as unknown[], values: [] as unknown[] };
  const insertedTimes: number[] = [];
  for (const { value } of store.entries(keys.entriesOf(node, partition))) {
    const entry = decodeEntry(value);
    inserted.keys.push(entry.key);
    inserted.values.push(entry.value);
    insertedTimes.push(entry.time);
  }
  if (insertedTimes.length === 0) return [];
  const whole = { time, whole: true, removed: [], updated: { keys: [], values: [] }, panes: [], newPanes: [] };
  const value = encodeDelta({ ...whole, inserted, insertedTimes }, node);
  return [
    { kind: 'deletePrefix', prefix: keys.entriesOf(node, partition) },
    { kind: 'deletePrefix', prefix: keys.touchedOf(node, partition) },
    { kind: 'put', key: keys.state(node, partition, time), value },
  ];
}
