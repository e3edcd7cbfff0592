import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namedBackend } from '../../harness/contenders.ts';
import { EntryFiles } from '../../harness/killed/entry-files.ts';
import { type KilledRun, killDriver } from '../../harness/killed/killed-driver.ts';
import type { CompletedBatch } from '../../harness/killed/messages.ts';
import { type LoadedBatch, loadedBatch } from '../../harness/open-loop.ts';
import { type PlainWorkload, queued } from '../../workload.ts';
import { checkPositive } from '../check-positive.ts';
import type { Measure } from '../measure.ts';
import { type DynamicsRun, dynamicsSuite, type Figure } from './dynamics-suite.ts';
import { wrongBatches, wrongFigure } from './output-check.ts';
import { type Phases, phasesOf, type WatchOptions } from './phases.ts';
import { recoveryMs } from './recovery.ts';

/** How the driver is killed. */
export interface DriverKillOptions extends WatchOptions {
  /** Records a second, as an open load: they are due while nobody is there to take them. */
  readonly rate: number;
  /** Milliseconds between batches. */
  readonly intervalMs: number;
  /** Milliseconds after the kill: 14,000 unless given, half of that in quick runs. Catching up may take long. */
  readonly afterMs?: number;
}

/** A new process has cold code: it takes longer to be steady at the beginning, and to catch up at the end. */
const TIMES = { warmUp: 2, after: 2 };

/**
 * What the death of the driver does, and all workers with it: the job runs in a process of its own on a checkpoint in a directory, is
 * killed by SIGKILL when a batch begins, and started anew at once. Times from the kill until the job has started again, until its first batch is
 * complete, until no batch waits any more, and until latency is what it was; charts of batches before and after; and how many batches of the
 * run did not deliver what the reference does: none may.
 *
 * The input is written to files before the run and can be read again, for which the job's queue is replaced: the job has to call `queueStream`
 * once. The engine writes each batch to the checkpoint: there is no interval between checkpoints. Backends are `single` and
 * `threads`; the suite fails with others, and so it does for entries that are RDDs.
 *
 * @throws Error where an option is no number above 0
 */
export function driverKill(options: DriverKillOptions): Measure {
  const { rate, intervalMs, beforeMs, afterMs } = options;
  checkPositive('driverKill', { rate, intervalMs, beforeMs, afterMs });
  return {
    id: 'driver-kill',
    suiteOf: (workload, backends) =>
      dynamicsSuite(workload, {
        id: 'driver-kill',
        title: 'the driver is killed',
        about:
          `${rate.toLocaleString('en')} ${workload.unit} a second as an open load in batches of ${intervalMs} ms. The job has a checkpoint, to which every batch is written. ` +
          'Its process is killed with SIGKILL when a batch begins, and started anew at once: Node and all modules are loaded again.',
        around: 'around the death of the driver',
        charts: ['latency', 'time of a batch'],
        marks: ({ quick }) => [
          { atMs: phasesOf(intervalMs, options, quick, TIMES).before * intervalMs, label: 'the driver is killed' },
        ],
        async contenders({ quick }) {
          const parts = phasesOf(intervalMs, options, quick, TIMES);
          const found = Object.entries(backends).map(async ([title, backend]) => {
            const instance = backend();
            await instance.stop();
            await namedBackend(instance.name).stop();
            return { title, run: () => killOnce(workload, instance.name, options, parts) };
          });
          return Promise.all(found);
        },
      }),
  };
}

async function killOnce(
  workload: PlainWorkload,
  backend: string,
  { rate, intervalMs }: DriverKillOptions,
  { warmUp, before, after }: Phases,
): Promise<DynamicsRun> {
  const { job, params, delivery } = workload;
  const input = queued(workload);
  const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const size = Math.round((rate * intervalMs) / 1000);
  const total = warmUp + before + after;
  try {
    const entries = join(dir, 'entries');
    mkdirSync(entries);
    const files = new EntryFiles(entries, intervalMs);
    for (let b = 0; b < total; b++) files.write(b, input.entry(b * size, (b + 1) * size));
    const checkpoint = join(dir, 'checkpoint');
    const setting = { job: job.href, params, backend, intervalMs, checkpoint, entries, delivery };
    const run = await killDriver(setting, warmUp + before, total - 1);
    const batches = timelineOf(run.batches, { warmUp, total, size, intervalMs });
    const back = recoveryMs(batches, { before, end: before, until: before + after }, intervalMs);
    const seen = Array.from({ length: total }, () => [] as string[]);
    for (const { batch, digest } of run.batches) seen[batch]?.push(digest);
    return {
      batches,
      figures: [
        ...recoveryFigures(run, intervalMs),
        { metric: 'until latency is what it was', unit: 'ms', value: back },
        ...wrongFigure(wrongBatches(workload, size, seen)),
      ],
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How long after the kill the job was where; until the last batch, if it never got there. */
export function recoveryFigures(
  { killedAt, loadedAt, startedAt, batches, before }: KilledRun,
  intervalMs: number,
): Figure[] {
  const after = batches.slice(before);
  // Nothing waits behind a batch that is complete before the next one is due.
  const upToDate = after.find(({ batchTime, completedAt }) => completedAt <= batchTime + intervalMs);
  const last = after.at(-1)?.completedAt ?? killedAt;
  const times = {
    'from the kill until the engine is loaded': loadedAt,
    'from the kill until the job has started': startedAt,
    'from the kill until its first batch is complete': after[0]?.completedAt ?? last,
    'from the kill until no batch waits': upToDate?.completedAt ?? last,
  };
  return Object.entries(times).map(([metric, at]) => ({ metric, unit: 'ms', value: at - killedAt }));
}

/** Measured batches of both processes, each once: of one that ran twice what was made of it at last. */
export function timelineOf(
  completed: readonly CompletedBatch[],
  { warmUp, total, size, intervalMs }: { readonly [K in 'warmUp' | 'total' | 'size' | 'intervalMs']: number },
): LoadedBatch[] {
  const byNumber = new Map(completed.map((each) => [each.batch, each]));
  const measured = [...byNumber.values()]
    .filter(({ batch }) => batch >= warmUp && batch < total)
    .toSorted((a, b) => a.batch - b.batch);
  const from = (measured[0]?.batchTime ?? 0) - intervalMs / Math.max(1, size);
  return measured.map((each) => loadedBatch(each, { records: size, intervalMs, zero: from, at: each.deliveredAt }));
}
