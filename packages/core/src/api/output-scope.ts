import { AsyncLocalStorage } from 'node:async_hooks';
import type { Batch } from '../schedule/batch.ts';

/** The batch whose output's function runs, over its awaits. */
const running = new AsyncLocalStorage<Batch>();

/** Runs an output's function, or what else writes a batch to the outside, as part of its batch. */
export function inOutputOf<T>(batch: Batch, body: () => T): T {
  return running.run(batch, body);
}

/** The batch in whose output this is called; null elsewhere. */
export function outputBatch(): Batch | null {
  return running.getStore() ?? null;
}
