import type { ExecutionBackend } from '@millrace/core';
import { batchSizes } from '../harness/batch-sizes.ts';
import { delaysOf, type Load, type LoadedBatch } from '../harness/open-loop.ts';
import type { PlainWorkload } from '../workload.ts';
import { DueTimes } from './due-times.ts';
import { type LiveBatch, LiveJob, now } from './live-job.ts';

/** How often records that are due are sent. */
const TICK_MS = 1;

/** What came of a load that a job with a live source was sent. */
export interface LiveLoad {
  /** Measured batches that had records. */
  readonly batches: readonly LoadedBatch[];
  /** From the due time of a record to the output of its batch, and how many records that stands for. */
  readonly latencies: readonly { readonly ms: number; readonly records: number }[];
  /** Whether all records had their results before the load was given up. */
  readonly complete: boolean;
}

/** Points of a batch at which the latency of a record is taken. */
const POINTS = 50;

/**
 * Sends a job the records of a load when they are due, whatever becomes of them: what `openLoop` does where the job has a source of its
 * own. Batches are those that the job cuts; which records one has is known by their number, since they come in order.
 *
 * @param hopelessMs it is given up where results are so late, after the warm-up
 */
export async function liveLoop(
  workload: PlainWorkload,
  backend: ExecutionBackend,
  load: Load,
  hopelessMs: number,
): Promise<LiveLoad> {
  const { intervalMs, warmUp, batches: count, shape = () => 1, rate } = load;
  const nextSize = batchSizes(rate, intervalMs);
  const sizes = Array.from({ length: warmUp + count }, (_, i) => nextSize(shape(i - warmUp)));
  const due = new DueTimes(intervalMs, sizes);
  const { input } = workload;
  const over = Promise.withResolvers<void>();
  const found: LoadedBatch[] = [];
  const latencies: { readonly ms: number; readonly records: number }[] = [];
  let zero = Number.POSITIVE_INFINITY;
  let complete = false;
  const completed = ({ info, from, to, deliveredAt }: LiveBatch) => {
    if (to > from) {
      const lastDue = due.of(to - 1);
      const atMs = lastDue - warmUp * intervalMs;
      const latencyMs = deliveredAt - zero - lastDue;
      if (atMs >= 0) {
        found.push({ records: to - from, atMs, latencyMs, ...delaysOf(info) });
        const step = Math.max(1, Math.floor((to - from) / POINTS));
        for (let n = from; n < to; n += step)
          latencies.push({ ms: deliveredAt - zero - due.of(n), records: Math.min(step, to - n) });
        if (latencyMs > hopelessMs) over.resolve();
      }
    }
    if (to < due.total) return;
    complete = true;
    over.resolve();
  };
  // Records of a generator are made when they are first asked for: not while the clock runs.
  input.records(0, Math.min(2 ** 17, due.total));
  const job = await LiveJob.open(workload, backend, { intervalMs, completed });
  let ended = false;
  let sent = 0;
  zero = now();
  const send = async () => {
    while (!ended && sent < due.total) {
      const until = due.until(now() - zero);
      const from = sent;
      sent = until;
      if (until > from) await job.send(input.records(from, until));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  };
  send().catch(over.reject);
  try {
    await Promise.race([over.promise, job.failed]);
  } finally {
    ended = true;
    await job.close();
  }
  return { batches: found, latencies, complete };
}
