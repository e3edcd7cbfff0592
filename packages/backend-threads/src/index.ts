import type { ExecutionBackend } from '@millrace/core';
import type { ThreadsOptions } from './options.ts';
import { ThreadsBackend } from './threads-backend.ts';

export type { ThreadsOptions } from './options.ts';

/**
 * Worker threads as a backend. Workers import the job's module and build its plan themselves, so the job has to be one
 * (`defineJob`, `loadJob`). Text and bytes are decoded in the workers, aggregates are combined before they move, cached
 * partitions and state stay where they are; the thread that calls stays free.
 *
 * @throws MR_OPTION when `workers` is no whole number of at least 1
 * @example
 * ```ts
 * import { loadJob } from '@millrace/core';
 * import { threads } from '@millrace/backend-threads';
 * const { ssc } = await loadJob(new URL('./job.ts', import.meta.url), { backend: threads({ workers: 4 }) });
 * ```
 */
export function threads(options: ThreadsOptions = {}): ExecutionBackend {
  return new ThreadsBackend(options);
}
