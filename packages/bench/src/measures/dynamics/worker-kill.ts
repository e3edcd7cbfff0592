import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionBackend } from '@millrace/core';
import { openLoop } from '../../harness/open-loop.ts';
import { WorkerWatch } from '../../harness/worker-watch.ts';
import { median } from '../../stats/stats.ts';
import { type PlainWorkload, queued } from '../../workload.ts';
import { checkPositive } from '../check-positive.ts';
import type { Measure } from '../measure.ts';
import { backendsWithWorkers } from './backends-with-workers.ts';
import { type DynamicsRun, dynamicsSuite } from './dynamics-suite.ts';
import { digestOf, wrongBatches, wrongFigure } from './output-check.ts';
import { type Phases, phasesOf, type WatchOptions } from './phases.ts';
import { recoveryMs } from './recovery.ts';

/** How a worker is killed. */
export interface WorkerKillOptions extends WatchOptions {
  /** Records a second, as an open load. */
  readonly rate: number;
  /** Milliseconds between batches. */
  readonly intervalMs: number;
}

/**
 * What the loss of a worker does: in the middle of a run under an open load one worker thread is terminated while a batch begins. The
 * longest batch from then on, the time until latency is what it was, charts of both, and how many batches of the run did not deliver
 * what the reference does: none may. The job has a checkpoint, from which state comes back.
 *
 * A backend without workers of its own, such as `single`, has no row. The suite fails where no backend has any.
 *
 * @throws Error where an option is no number above 0
 */
export function workerKill(options: WorkerKillOptions): Measure {
  const { rate, intervalMs, beforeMs, afterMs } = options;
  checkPositive('workerKill', { rate, intervalMs, beforeMs, afterMs });
  return {
    id: 'worker-kill',
    suiteOf: (workload, backends) =>
      dynamicsSuite(workload, {
        id: 'worker-kill',
        title: 'a worker is killed',
        about:
          `${rate.toLocaleString('en')} ${workload.unit} a second as an open load in batches of ${intervalMs} ms. The job has a checkpoint, to which every batch is written. ` +
          'One worker thread is terminated when a batch begins. Backends without workers have no row.',
        around: 'around the loss of a worker',
        charts: ['latency', 'time of a batch'],
        marks: ({ quick }) => [
          { atMs: phasesOf(intervalMs, options, quick).before * intervalMs, label: 'a worker is killed' },
        ],
        async contenders({ quick }) {
          queued(workload);
          const parts = phasesOf(intervalMs, options, quick);
          return (await backendsWithWorkers(backends)).map(([title, backend]) => ({
            title,
            run: () => killWorker(workload, backend, options, parts),
          }));
        },
      }),
  };
}

async function killWorker(
  workload: PlainWorkload,
  backend: () => ExecutionBackend,
  { rate, intervalMs }: WorkerKillOptions,
  { warmUp, before, after }: Phases,
): Promise<DynamicsRun> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const workers = new WorkerWatch();
  const lead = workload.preload + warmUp;
  const seen = Array.from({ length: lead + before + after }, () => [] as string[]);
  let killed: Promise<number> | null = null;
  try {
    const load = { rate, intervalMs, batches: before + after, warmUp, hopeless: Number.POSITIVE_INFINITY };
    const { batches } = await openLoop(workload, backend(), load, {
      options: { checkpoint: join(dir, 'checkpoint') },
      begun(batch) {
        if (batch === before) killed = workers.killOne();
      },
      completed: (batch, output) => void seen[lead + batch]?.push(digestOf(output)),
    });
    if (killed === null) throw new Error(`the run of ${workload.id} ended before a worker was killed`);
    await killed;
    const times = batches.map(({ processingMs }) => processingMs);
    const value = recoveryMs(batches, { before, end: before, until: before + after }, intervalMs);
    return {
      batches,
      figures: [
        { metric: 'until latency is what it was', unit: 'ms', value },
        { metric: 'longest batch from the loss on', unit: 'ms', value: Math.max(...times.slice(before)) },
        { metric: 'median batch before it', unit: 'ms', value: median(times.slice(0, before)) },
        ...wrongFigure(wrongBatches(workload, Math.round((rate * intervalMs) / 1000), seen)),
      ],
    };
  } finally {
    workers.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
