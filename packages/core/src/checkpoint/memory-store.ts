import { error } from '../errors/index.ts';
import { entryKeyBytes, keyBytes, keyOf } from './key-bytes.ts';
import type { CheckpointStore, StoreKey } from './store.ts';

/**
 * A store in memory: it lasts as long as the object, over any number of jobs one after the other. For tests, and to see what
 * checkpoints cost without a disk.
 *
 * @example
 * ```ts
 * const store = memoryStore();
 * ssc.checkpoint(store);
 * ```
 */
export function memoryStore(): CheckpointStore {
  // By the bytes of the key as text, which sorts like them.
  const map = new Map<string, Uint8Array>();
  let sorted: string[] | null = null;
  let open = false;
  const textOf = (bytes: Buffer) => bytes.toString('latin1');
  const idOf = (key: StoreKey) => textOf(entryKeyBytes(key));
  const sortedIds = () => {
    sorted ??= [...map.keys()].sort();
    return sorted;
  };
  const below = (prefix: string) => sortedIds().filter((id) => id.startsWith(prefix));
  const refuseClosed = () => {
    if (!open) throw error('MR_CHECKPOINT_CLOSED', { where: 'memory' });
  };
  return {
    where: 'memory',
    async open() {
      if (open) throw error('MR_CHECKPOINT_OWNED', { where: 'memory', pid: process.pid, since: 'now' });
      open = true;
    },
    get(key) {
      refuseClosed();
      return map.get(idOf(key))?.slice();
    },
    *entries(prefix, { reverse = false, limit = Number.POSITIVE_INFINITY, after } = {}) {
      refuseClosed();
      const behind = after === undefined ? null : textOf(keyBytes(after));
      const all = below(textOf(keyBytes(prefix)));
      const ids = behind === null ? all : all.filter((id) => (reverse ? id < behind : id > behind));
      if (reverse) ids.reverse();
      for (const id of ids.slice(0, limit)) {
        refuseClosed();
        // Deleted meanwhile.
        const value = map.get(id);
        if (value !== undefined) yield { key: keyOf(Buffer.from(id, 'latin1')), value: value.slice() };
      }
    },
    async write(changes) {
      refuseClosed();
      // A key that cannot be written has to leave everything as it was.
      const ready = changes.map((c) => ({
        c,
        id: c.kind === 'deletePrefix' ? textOf(keyBytes(c.prefix)) : idOf(c.key),
      }));
      for (const { c, id } of ready) {
        if (c.kind === 'put') map.set(id, c.value.slice());
        else if (c.kind === 'delete') map.delete(id);
        else for (const each of [...map.keys()]) if (each.startsWith(id)) map.delete(each);
        sorted = null;
      }
    },
    stats: () => ({ bytes: 0, entries: map.size }),
    async close() {
      open = false;
    },
  };
}
