import type { ResourceLimits } from 'node:worker_threads';

/**
 * The young generation's size in MB where a limit of the old one is given and nothing is said of the young one. Node lets a worker
 * exceed its limit by 16 MB while it ends it; V8's own default of 48 MB of young values, moved at once, leaps over that, and then
 * the whole process is aborted instead of the worker.
 */
const YOUNG_MB = 16;

/** The heap limits of a worker, as options of `Worker` and of Piscina; nothing without limits. */
export function heapLimits(limits: ResourceLimits | undefined): { resourceLimits?: ResourceLimits } {
  if (limits === undefined) return {};
  if (limits.maxOldGenerationSizeMb === undefined) return { resourceLimits: limits };
  return { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, ...limits } };
}
