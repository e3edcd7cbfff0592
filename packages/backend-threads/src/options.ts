import type { ResourceLimits } from 'node:worker_threads';

/** Options of the threads backend. */
export interface ThreadsOptions {
  /** Worker threads, each one slot; as many as the machine runs at once unless given. */
  readonly workers?: number;
  /**
   * Heap limits of each worker, as `node:worker_threads` takes them; with `maxOldGenerationSizeMb` alone,
   * `maxYoungGenerationSizeMb` is 16. A worker past its limit is replaced. V8 contains most, not all, ways to run out of
   * memory: an array that grows by huge steps, or a larger young generation, can still end the process.
   */
  readonly resourceLimits?: ResourceLimits;
  /** Node options of the workers; those of this process unless given. */
  readonly execArgv?: readonly string[];
}
