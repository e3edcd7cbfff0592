import { encodePairs } from '../data/codec.ts';
import type { SavedState } from '../state/saved-state.ts';
import { matcher, type StateFound, type StateRead } from '../state/state-read.ts';
import {
  decodeChanges,
  decodeEntry,
  type StateReads,
  type StoreId,
  storeId,
  type TouchedAt,
  type TouchedPage,
} from '../state/stored-state.ts';
import { keys } from './layout.ts';
import { needed } from './needed.ts';
import type { CheckpointStore, StoreChange } from './store.ts';

/** Keys on a page of those that were touched last before a time. */
const PAGE = 1024;

/** State that lies in a store with an entry for each key, as slots read it. What is not committed is not there. */
export class StoredStates implements StateReads {
  readonly #store: CheckpointStore;

  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  async entries(node: string, partition: number, ids: readonly StoreId[]): Promise<(Uint8Array | undefined)[]> {
    return ids.map((id) => this.#store.get(keys.entry(node, partition, id)));
  }

  async touchedBefore(node: string, partition: number, time: number, after: TouchedAt | null): Promise<TouchedPage> {
    const entries: Uint8Array[] = [];
    let last: TouchedAt | null = null;
    const options = { limit: PAGE, ...(after === null ? {} : { after: keys.touched(node, partition, ...after) }) };
    for (const { key } of this.#store.entries(keys.touchedOf(node, partition), options)) {
      const [touched, id] = [key[3] as number, key[4] as StoreId];
      if (touched >= time) return { entries, next: null };
      entries.push(needed(this.#store, keys.entry(node, partition, id)));
      last = [touched, id];
    }
    return { entries, next: entries.length === PAGE ? last : null };
  }
}

/**
 * What partitions of such state have of what is asked for: the last committed batch. The first keys of a partition are those
 * that come first in the order of the store.
 */
export function readStored(
  store: CheckpointStore,
  partitions: number,
  { node, partition, what }: StateRead,
): StateFound[] {
  const found: StateFound[] = [];
  let left = what.kind === 'key' ? 1 : what.limit;
  for (let p = partition ?? 0; p < (partition === null ? partitions : partition + 1); p++) {
    const read = { keys: [] as unknown[], values: [] as unknown[] };
    if (what.kind === 'key') {
      const bytes = store.get(keys.entry(node, p, storeId(what.id)));
      if (bytes !== undefined) {
        // The key itself is known to whoever asks.
        read.keys.push(null);
        read.values.push(decodeEntry(bytes).value);
      }
    } else if (left > 0) {
      const matches = matcher(what.prefix);
      for (const { value: bytes } of store.entries(keys.entriesOf(node, p))) {
        const { key, value } = decodeEntry(bytes);
        if (!matches(key)) continue;
        read.keys.push(key);
        read.values.push(value);
        if (read.keys.length === left) break;
      }
      left -= read.keys.length;
    }
    found.push({ partition: p, pairs: encodePairs(read.keys, read.values, node) });
  }
  return found;
}

/** What a batch did to such state, as changes of the store. */
export function storedChanges({ node, partition, bytes }: SavedState): StoreChange[] {
  const changes: StoreChange[] = [];
  for (const { id, bytes: entry, before, touched } of decodeChanges(bytes)) {
    const key = keys.entry(node, partition, id);
    changes.push(entry === null ? { kind: 'delete', key } : { kind: 'put', key, value: entry });
    if (before === touched) continue;
    if (before !== null) changes.push({ kind: 'delete', key: keys.touched(node, partition, before, id) });
    if (touched !== null)
      changes.push({ kind: 'put', key: keys.touched(node, partition, touched, id), value: NOTHING });
  }
  return changes;
}

const NOTHING = new Uint8Array(0);
