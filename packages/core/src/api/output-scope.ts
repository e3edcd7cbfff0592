import { AsyncLocalStorage } from 'node:async_hooks';
import type { Batch } from '../schedule/batch.ts';

/** An output's function that runs. It lets go of the batch at its end. */
interface Scope {
  batch: Batch | null;
}

/**
 * The batch whose output's function runs, over its awaits. What is stored is not the batch itself: V8 keeps contexts of async calls longer
 * than they are used, and where they hold batches, collecting young garbage takes ten times as long.
 */
const running = new AsyncLocalStorage<Scope>();

/** Runs an output's function, or what else writes a batch to the outside, as part of its batch: until what it returns has settled. */
export async function inOutputOf<T>(batch: Batch, body: () => T): Promise<Awaited<T>> {
  const scope: Scope = { batch };
  try {
    return await running.run(scope, body);
  } finally {
    scope.batch = null;
  }
}

/** The batch in whose output this is called; null elsewhere, and in what an output has begun and not waited for. */
export function outputBatch(): Batch | null {
  return running.getStore()?.batch ?? null;
}
