import type { CheckpointStore } from '../checkpoint/store.ts';

/** What happens to a store, and when. */
export interface StoreFault {
  /** The write that fails, counted from 0 over all runs of the store. */
  readonly at: number;
  /** Whether it takes effect before it fails, as when a process dies before it hears of its success. */
  readonly after?: boolean;
  /** What it fails with, as the system would say it: `ENOSPC`, `EIO`, `EROFS`; unless given the process has died. */
  readonly code?: string;
}

/** A store with a fault. */
export interface FaultyStore extends CheckpointStore {
  /** Writes that were asked for. */
  readonly writes: number;
  /** Whether the fault has come. */
  readonly broken: boolean;
}

/**
 * A store whose n-th write fails, as do all after it: what a crash between any two writes leaves, or a disk that is full. The
 * store behind it is what the next run finds.
 *
 * @example
 * ```ts
 * const store = memoryStore();
 * ssc.checkpoint(faultyStore(store, { at: 3 })); // dies at its fourth write
 * // ... and the next run goes on with `store`
 * ```
 */
export function faultyStore(inner: CheckpointStore, { at, after = false, code }: StoreFault): FaultyStore {
  let writes = 0;
  let reason: Error | null = null;
  return {
    where: inner.where,
    open: () => inner.open(),
    get: (key) => inner.get(key),
    entries: (prefix, options) => inner.entries(prefix, options),
    stats: () => inner.stats(),
    close: () => inner.close(),
    get writes() {
      return writes;
    },
    get broken() {
      return reason !== null;
    },
    async write(changes) {
      const number = writes++;
      if (reason === null && number < at) return inner.write(changes);
      if (reason === null) {
        reason = new Error(code === undefined ? 'the process has died' : `${code}: a fault of the store`);
        if (after) await inner.write(changes);
      }
      throw reason;
    },
  };
}
