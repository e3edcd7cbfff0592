import {
  type BatchInfo,
  type ExecutionBackend,
  type Job,
  type LoadOptions,
  loadJob,
  milliseconds,
  type StreamingContext,
} from '@millrace/core';
import { LiveFeeder } from '../live/live-feeder.ts';
import { isLive } from '../live/live-input.ts';
import { Latencies } from '../stats/latencies.ts';
import { median } from '../stats/stats.ts';
import type { PlainWorkload } from '../workload.ts';
import { deliveries } from './deliveries.ts';
import type { BenchStreams } from './engine.ts';
import type { FedBatch, Feeder } from './feeder.ts';
import { checkStreams, endedByItself } from './job-checks.ts';
import { QueueFeeder } from './queue-feeder.ts';
import { STALLED_MS, Watchdog } from './watchdog.ts';

/** Records that arrive at a steady rate, whatever becomes of them. */
export interface Load {
  /** Records a second. */
  readonly rate: number;
  readonly intervalMs: number;
  /** Measured batches. */
  readonly batches: number;
  /** Batches before them, and after the workload's preload. */
  readonly warmUp: number;
  /** Times the rate by something in a batch, where the rate is not steady. @param batch from 0, the warm-up's not counted */
  readonly shape?: (batch: number) => number;
  /** The run is given up when a batch is so many intervals late: it does not keep up. As many as there are in a second unless given, at least 6 and at most 25. */
  readonly hopeless?: number;
}

/**
 * What is done to a job while it runs under a load, and what one hears of it. Batches count from 0, those of the warm-up, and of the preload before it, are below it.
 * Where the job cuts its batches itself, their numbers are those of the intervals in which their last records were due, and one hears nothing of batches without records.
 */
export interface Trial {
  /** Options of the job besides those that the load gives. */
  readonly options?: Pick<LoadOptions<unknown>, 'checkpoint' | 'speculation'>;
  /** A batch begins. */
  begun?(batch: number): void;
  /** A batch is complete. @param output its records, or how many they are where the workload counts them */
  completed?(batch: number, output: readonly unknown[] | number, info: BatchInfo): void;
}

/** A measured batch. Times in ms. */
export interface LoadedBatch {
  readonly records: number;
  /** The time at which its last record was due, since the first measured batch. */
  readonly atMs: number;
  /** From the time of the batch to its begin. */
  readonly schedulingDelayMs: number;
  readonly processingMs: number;
  /** From the due time of its last record to its output. */
  readonly latencyMs: number;
}

/** What became of a load. */
export interface LoadRun {
  readonly batches: readonly LoadedBatch[];
  /** From the due time of the last record that contributed to an output to that output, a value for each batch. */
  readonly last: Latencies;
  /** From the due time of every record to the output of its batch. */
  readonly every: Latencies;
  /** Whether the delay before batches begin did not grow. */
  readonly sustained: boolean;
}

/** Batches that are so many intervals late, or so many that a second's worth of them waits, are not caught up with. */
const HOPELESS = { most: 25, least: 6, ms: 1000 } as const;
const hopelessAt = (intervalMs: number) => Math.min(HOPELESS.most, Math.max(HOPELESS.least, HOPELESS.ms / intervalMs));
/** A third of the batches is compared with another. */
const PARTS = 3;

/**
 * Runs a job on its clock under an open load. Records are due at even distances; those of an interval are a batch, and how long
 * they wait for it counts. Nothing waits for the engine: where it is slow, batches pile up, and their latencies say so. Batches of the
 * workload's preload are as large as those of the load, and come before them as fast as the engine takes them. A job that has a source
 * of its own is sent each record when it is due, and cuts its batches itself.
 */
export async function openLoop(
  workload: PlainWorkload,
  backend: ExecutionBackend,
  load: Load,
  trial: Trial = {},
): Promise<LoadRun> {
  const { job, delivery, input } = workload;
  const { intervalMs, batches: count, hopeless = hopelessAt(intervalMs) } = load;
  const feeder: Feeder = isLive(input) ? await LiveFeeder.open(workload, input, load) : new QueueFeeder(workload, load);
  const watchdog = new Watchdog(STALLED_MS, feeder.stalled);
  const over = Promise.withResolvers<void>();
  const found: LoadedBatch[] = [];
  const measured: { readonly batch: FedBatch; readonly at: number }[] = [];
  let isComplete = false;
  let started: StreamingContext | null = null;
  try {
    const { ssc, streams } = await loadJob<Job<unknown, BenchStreams<unknown, unknown>>>(job, {
      backend,
      params: feeder.params,
      batchInterval: milliseconds(intervalMs),
      warn: () => {},
      ...(feeder.clock === undefined ? {} : { clock: feeder.clock }),
      ...trial.options,
    });
    checkStreams(job, streams);
    feeder.attach(streams);
    const delivered = deliveries(streams, delivery, () => feeder.now());
    const running = new Map<number, FedBatch>();
    ssc.addStreamingListener({
      onBatchSubmitted: () => feeder.planned(),
      onBatchStarted: ({ batchInfo }) => {
        const batch = feeder.batchOf(batchInfo);
        if (batch === null) return;
        running.set(batchInfo.batchTime, batch);
        trial.begun?.(batch.number);
      },
      onBatchCompleted: ({ batchInfo }) => {
        const { output, at } = delivered(batchInfo.batchTime);
        const batch = running.get(batchInfo.batchTime);
        if (batch === undefined) return;
        running.delete(batchInfo.batchTime);
        watchdog.heard();
        const { number, records, lastDue, atMs } = batch;
        const latencyMs = at - lastDue;
        if (number >= 0) {
          found.push({ records, atMs, latencyMs, ...delaysOf(batchInfo) });
          measured.push({ batch, at });
        }
        trial.completed?.(number, output, batchInfo);
        isComplete ||= batch.isLast;
        // Early batches may be late because the code was cold.
        const isHopeless = number >= count / PARTS && latencyMs > hopeless * intervalMs;
        if (isComplete || isHopeless) over.resolve();
      },
    });
    started = ssc;
    await ssc.start();
    ssc.awaitTermination().then(() => over.reject(endedByItself(job)), over.reject);
    watchdog.stalled.catch(over.reject);
    feeder.feed(ssc).catch(over.reject);
    await over.promise;
  } finally {
    watchdog.stop();
    await started?.stop();
    await feeder.close();
  }
  const last = new Latencies();
  const every = new Latencies();
  for (const { batch, at } of measured) {
    if (batch.records > 0) last.add(at - batch.lastDue);
    for (const { due, records } of batch.dues()) every.add(at - due, records);
  }
  return { batches: found, last, every, sustained: isComplete && !grows(found, intervalMs) };
}

/** When a batch was due, began, and how long it took. */
export type Timing = Pick<BatchInfo, 'batchTime' | 'processingStartTime' | 'processingDelay'>;

/**
 * How long a batch waited and took. What it waits counts from its own time: the engine's scheduling delay begins when a batch is
 * planned, and with many waiting they are not planned yet.
 */
export function delaysOf({ batchTime, processingStartTime, processingDelay }: Timing) {
  return { schedulingDelayMs: (processingStartTime ?? batchTime) - batchTime, processingMs: processingDelay ?? 0 };
}

/** A measured batch, by what the engine says of it. @param facts `zero`: the time that `atMs` counts from; `at`: when its output was there */
export function loadedBatch(
  info: Timing,
  { records, intervalMs, zero, at }: { readonly [K in 'records' | 'intervalMs' | 'zero' | 'at']: number },
): LoadedBatch {
  const lastDue = info.batchTime - intervalMs / Math.max(1, records);
  return {
    records,
    atMs: lastDue - zero,
    ...delaysOf(info),
    latencyMs: at - lastDue,
  };
}

/** Whether the delay before batches begin has grown from the first third to the last by half an interval, or is out of hand. */
function grows(batches: readonly LoadedBatch[], intervalMs: number): boolean {
  const part = Math.max(1, Math.floor(batches.length / PARTS));
  const delay = (some: readonly LoadedBatch[]) => median(some.map(({ schedulingDelayMs }) => schedulingDelayMs));
  const [first, last] = [delay(batches.slice(0, part)), delay(batches.slice(-part))];
  return last - first > intervalMs / 2 || last > 5 * intervalMs;
}
