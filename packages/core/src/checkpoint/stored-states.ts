import { error } from '../errors/index.ts';
import type { SavedState } from '../state/saved-state.ts';
import {
  decodeChanges,
  type StateReads,
  type StoreId,
  type TouchedAt,
  type TouchedPage,
} from '../state/stored-state.ts';
import { keys } from './layout.ts';
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
      const at = keys.entry(node, partition, id);
      const entry = this.#store.get(at);
      if (entry === undefined)
        throw error('MR_CHECKPOINT_CORRUPT', {
          where: this.#store.where,
          what: `the entry ${JSON.stringify(at)} is missing`,
        });
      entries.push(entry);
      last = [touched, id];
    }
    return { entries, next: entries.length === PAGE ? last : null };
  }
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
