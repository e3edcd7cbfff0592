import { error } from '../errors/index.ts';
import type { CheckpointStore, StoreKey } from './store.ts';

/** The value of a key that something else in the store names. @throws MR_CHECKPOINT_CORRUPT where it is not there */
export function needed(store: CheckpointStore, key: StoreKey): Uint8Array {
  const value = store.get(key);
  if (value !== undefined) return value;
  throw error('MR_CHECKPOINT_CORRUPT', {
    where: store.where,
    what: `the entry ${JSON.stringify(key)} is missing`,
  });
}
