import { decodeRecord, KINDS_READ_AS_A_WHOLE, keys, type StoodRecord } from './layout.ts';
import type { CheckpointStore } from './store.ts';

/*
 * A store says that nothing is where a key was damaged as long as nothing else is put between the damaged key and its place. So a
 * driver looks through what lies there before it puts anything. Most of it it reads anyhow, as a whole, before the first batch.
 *
 * State that lies in the store with an entry for each key is not read. There a batch asks for a key before it puts it, and what
 * it puts without asking, the order of last touches, goes behind all that a partition has.
 */

/** Looks at the first and the last key of each partition of state that lies in the store. @throws MR_CHECKPOINT_CORRUPT */
export function lookAtEnds(store: CheckpointStore): void {
  for (const { key, value } of store.entries(['stood'])) {
    const { partitions } = decodeRecord<StoodRecord>(value);
    for (let p = 0; p < partitions; p++)
      for (const prefix of [keys.entriesOf(key[1] as string, p), keys.touchedOf(key[1] as string, p)])
        for (const reverse of [false, true]) exhaust(store.entries(prefix, { reverse, limit: 1 }));
  }
}

/** Looks at everything else, for whoever puts something before it has read it. @throws MR_CHECKPOINT_CORRUPT */
export function lookAtTheRest(store: CheckpointStore): void {
  for (const kind of KINDS_READ_AS_A_WHOLE) exhaust(store.entries([kind]));
}

function exhaust(entries: Iterable<unknown>): void {
  for (const _ of entries);
}
