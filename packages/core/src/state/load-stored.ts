import { lookupKey } from '../data/key.ts';
import type { StateAction } from '../lineage/rdd-node.ts';
import type { Columns } from '../task/columns.ts';
import type { Sliced } from '../task/slices.ts';
import type { KeyedState } from './keyed-state.ts';
import type { StateEntry } from './state-entry.ts';
import {
  decodeEntry,
  type StateReads,
  type StoreId,
  storeId,
  type TouchedAt,
  type TouchedPage,
} from './stored-state.ts';

/** Keys asked for at once. */
const ASK = 1024;

/** Where a partition of state lies. */
export interface StoredPartition {
  readonly reads: StateReads;
  readonly node: string;
  readonly partition: number;
}

/**
 * Brings into memory what a batch needs of state that lies in a store: the keys that it has records of, and those that may
 * expire in it. Between `KeyedState.begin` and the first change.
 */
export function* loadStored(
  state: KeyedState,
  from: StoredPartition,
  sides: readonly (readonly Columns[])[],
  action: StateAction,
): Sliced<void> {
  if (action.base !== null) {
    let asked = new Set<StoreId>();
    for (const { keys } of sides.flat()) {
      for (const key of keys) {
        const id = lookupKey(typeof key === 'string' ? key.toWellFormed() : key);
        if (state.entries.has(id)) continue;
        asked.add(storeId(id));
        if (asked.size < ASK) continue;
        yield* admitAll(state, from, asked);
        asked = new Set();
      }
    }
    yield* admitAll(state, from, asked);
  }
  state.expiring = yield* expiring(state, from, action);
}

function* admitAll(
  state: KeyedState,
  { reads, node, partition }: StoredPartition,
  ids: ReadonlySet<StoreId>,
): Sliced<void> {
  if (ids.size === 0) return;
  const found = (yield reads.entries(node, partition, [...ids])) as Awaited<ReturnType<StateReads['entries']>>;
  for (const bytes of found) if (bytes !== undefined) state.admit(decodeEntry(bytes));
}

/** In the order of the store, which is the same whatever is in memory. */
function* expiring(
  state: KeyedState,
  { reads, node, partition }: StoredPartition,
  { base, expireBefore }: StateAction,
): Sliced<StateEntry[]> {
  const entries: StateEntry[] = [];
  if (base === null || (expireBefore ?? null) === null) return entries;
  let after: TouchedAt | null = null;
  do {
    const page = (yield reads.touchedBefore(node, partition, expireBefore as number, after)) as TouchedPage;
    for (const bytes of page.entries) {
      const stored = decodeEntry(bytes);
      entries.push(state.entries.get(lookupKey(stored.key)) ?? state.admit(stored));
    }
    after = page.next;
  } while (after !== null);
  return entries;
}
