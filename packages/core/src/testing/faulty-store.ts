import type { CheckpointStore } from '../checkpoint/store.ts';
import { error } from '../errors/index.ts';

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
 * store behind it is what the next run finds. A failure with a code is what a store says of its disk, MR_CHECKPOINT_IO; one
 * without is no error of the catalogue, since nobody lives to hear it.
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
        reason =
          code === undefined
            ? new Error('the process has died')
            : error('MR_CHECKPOINT_IO', { where: inner.where, reason: `${code}: a fault of the store` });
        if (after) await inner.write(changes);
      }
      throw reason;
    },
  };
}

/**
 * A fault that a seed decides: one of the first writes, before or after it took effect, a crash or an error of the disk. The same
 * seed gives the same fault.
 *
 * @param seed any integer
 * @param writes how many writes the run has at most; the fault is at one of them
 * @example
 * ```ts
 * const store = memoryStore();
 * ssc.checkpoint(faultyStore(store, storeFaultOf(17, 40)));
 * ```
 */
export function storeFaultOf(seed: number, writes: number): StoreFault {
  // Neighbouring seeds have to give faults that are not alike.
  const part = (n: number) => {
    let x = Math.imul((seed ^ (n * 0x9e3779b9)) >>> 0, 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
  const code = ['ENOSPC', 'EIO', 'EROFS', ...Array(5).fill(undefined)][Math.floor(part(3) * 8)] as string | undefined;
  return { at: Math.floor(part(1) * writes), after: part(2) < 0.5, ...(code === undefined ? {} : { code }) };
}
