import {
  type BatchInfo,
  type ExecutionBackend,
  type Job,
  type LoadOptions,
  loadJob,
  milliseconds,
} from '@millrace/core';
import { isLive } from '../live/live-input.ts';
import { liveLoop } from '../live/live-loop.ts';
import { Latencies } from '../stats/latencies.ts';
import { median } from '../stats/stats.ts';
import { type PlainWorkload, queued } from '../workload.ts';
import { batchSizes } from './batch-sizes.ts';
import type { BenchStreams } from './engine.ts';
import { checkStreams, endedByItself, noQueue } from './job-checks.ts';
import { SkippingClock } from './skipping-clock.ts';
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

/** What is done to a job while it runs under a load, and what one hears of it. Batches count from 0, those of the warm-up, and of the preload before it, are below it. */
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
const NO_TRIAL: Trial = {};
/** Entries that are ready before their time. */
const AHEAD = 8;
/** Records that are made before. */
const MOST_MADE = 2 ** 17;
/** Points of an interval at which the latency of a record is taken. */
const POINTS = 50;
/** A third of the batches is compared with another. */
const PARTS = 3;

/**
 * Runs a job on its clock under an open load. Records are due at even distances; those of an interval are a batch, and how long
 * they wait for it counts. Nothing waits for the engine: where it is slow, batches pile up, and their latencies say so. Batches of the
 * workload's preload are as large as those of the load, and come before them as fast as the engine takes them.
 */
export async function openLoop(
  workload: PlainWorkload,
  backend: ExecutionBackend,
  load: Load,
  trial: Trial = NO_TRIAL,
): Promise<LoadRun> {
  if (isLive(workload.input) && trial === NO_TRIAL) return liveRun(workload, backend, load);
  const { job, params, delivery, preload } = workload;
  const input = queued(workload);
  const { intervalMs, batches: count, shape = () => 1, hopeless = hopelessAt(intervalMs) } = load;
  const warmUp = preload + load.warmUp;
  const clock = new SkippingClock();
  const { ssc, streams } = await loadJob<Job<unknown, BenchStreams<unknown, unknown>>>(job, {
    backend,
    params,
    batchInterval: milliseconds(intervalMs),
    warn: () => {},
    clock,
    ...trial.options,
  });
  checkStreams(job, streams);
  const { queue, output } = streams;
  if (queue === undefined) throw noQueue(job);
  const nextSize = batchSizes(load.rate, intervalMs);
  const sizes: number[] = [];
  let from = 0;
  const feed = () => {
    for (let ready = queue.length; ready < AHEAD && sizes.length < warmUp + count; ready++) {
      const size = nextSize(shape(sizes.length - warmUp));
      sizes.push(size);
      queue.push(input.entry(from, from + size));
      from += size;
    }
  };
  const epoch = clock.now() - clock.elapsed();
  const delivered = new Map<number, { readonly at: number; readonly output: readonly unknown[] | number }>();
  output.foreachRDD(
    async (rdd, time) => {
      const output = delivery === 'count' ? await rdd.count() : await rdd.collect();
      delivered.set(time.milliseconds, { at: epoch + clock.elapsed(), output });
    },
    { name: 'deliver' },
  );
  const watchdog = new Watchdog(STALLED_MS, `no batch of ${workload.id} was complete for ${STALLED_MS / 1000} s`);
  const found: LoadedBatch[] = [];
  const over = Promise.withResolvers<void>();
  let begun = 0;
  let completed = 0;
  let zero = 0;
  ssc.addStreamingListener({
    onBatchSubmitted: feed,
    onBatchStarted: () => trial.begun?.(begun++ - warmUp),
    onBatchCompleted: ({ batchInfo }) => {
      const { batchTime } = batchInfo;
      watchdog.heard();
      const batch = completed++ - warmUp;
      if (batch >= count) return;
      const now = epoch + clock.elapsed();
      const { at, output = delivery === 'count' ? 0 : [] } = delivered.get(batchTime) ?? { at: now };
      delivered.delete(batchTime);
      if (batch >= 0) {
        const measured = loadedBatch(batchInfo, { records: sizes[batch + warmUp] ?? 0, intervalMs, zero, at });
        if (batch === 0) zero = measured.atMs;
        found.push(batch === 0 ? { ...measured, atMs: 0 } : measured);
      }
      trial.completed?.(batch, output, batchInfo);
      // Early batches may be late because the code was cold.
      const isHopeless = batch >= count / PARTS && now - batchTime > hopeless * intervalMs;
      if (batch === count - 1 || isHopeless) over.resolve();
    },
  });
  // Records of a generator are made when they are first asked for: not while the clock runs.
  input.records(0, Math.min(MOST_MADE, Math.ceil((load.rate * intervalMs * (warmUp + count)) / 1000)));
  feed();
  await ssc.start();
  ssc.awaitTermination().then(() => over.reject(endedByItself(job)), over.reject);
  try {
    for (let batch = 0; batch < preload; batch++) {
      clock.skip(intervalMs);
      await Promise.race([ssc.awaitIdle(), over.promise, watchdog.stalled]);
    }
    await Promise.race([over.promise, watchdog.stalled]);
  } finally {
    watchdog.stop();
    await ssc.stop();
  }
  const last = new Latencies();
  const every = new Latencies();
  for (const { records, latencyMs } of found) {
    if (records === 0) continue;
    last.add(latencyMs);
    for (let i = 0; i < POINTS; i++)
      every.add(latencyMs + (intervalMs * (i + 0.5)) / POINTS, Math.max(1, Math.round(records / POINTS)));
  }
  return { batches: found, last, every, sustained: found.length === count && !grows(found, intervalMs) };
}

/** The same where the job has a source of its own, and cuts its batches itself. */
async function liveRun(workload: PlainWorkload, backend: ExecutionBackend, load: Load): Promise<LoadRun> {
  const { intervalMs, hopeless = hopelessAt(intervalMs) } = load;
  const { batches, latencies, complete } = await liveLoop(workload, backend, load, hopeless * intervalMs);
  const last = new Latencies();
  const every = new Latencies();
  for (const { latencyMs } of batches) last.add(latencyMs);
  for (const { ms, records } of latencies) every.add(ms, records);
  return { batches, last, every, sustained: complete && !grows(batches, intervalMs) };
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
