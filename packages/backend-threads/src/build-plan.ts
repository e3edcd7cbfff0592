import { type ExecutionBackend, milliseconds, type StreamingContext } from '@millrace/core';
import { buildJob, error, fingerprint, fingerprintDifference, importJob } from '@millrace/core/backend';

/** What a worker needs to build a job's plan. Plain data but for `params`, which structured clone carries. */
export interface PlanRequest {
  readonly url: string;
  readonly params: unknown;
  /** Of the driver's plan. */
  readonly fingerprint: string;
  readonly defaultParallelism: number;
  readonly batchIntervalMs: number;
}

/**
 * Imports a job's module in this worker and builds its plan.
 * @throws MR_NOT_A_JOB, MR_PLAN_DIFFERS, and what the builder throws
 */
export async function buildPlan(request: PlanRequest): Promise<StreamingContext> {
  const { url, params, defaultParallelism, batchIntervalMs } = request;
  const job = await importJob(url);
  const { ssc } = buildJob(
    job,
    workerBackend,
    params,
    { module: { url, params }, worker: true },
    { defaultParallelism, batchInterval: milliseconds(batchIntervalMs) },
  );
  const difference = fingerprintDifference(request.fingerprint, fingerprint([...ssc.plan.nodes, ...ssc.plan.outputs]));
  if (difference !== null) throw error('MR_PLAN_DIFFERS', { url, difference });
  return ssc;
}

/** What a context in a worker has for a backend: it builds a plan and is never started. */
const workerBackend: ExecutionBackend = {
  name: 'threads worker',
  parallelism: 1,
  sharesMemory: true,
  running: true,
  open: () => Promise.reject(new Error('a context in a worker cannot be started')),
  stop: async () => {},
};
