import {
  type BatchInfo,
  type ExecutionBackend,
  type Job,
  loadJob,
  milliseconds,
  type StreamingContext,
} from '@millrace/core';
import type { BenchStreams } from '../harness/engine.ts';
import { checkStreams, endedByItself } from '../harness/job-checks.ts';
import { STALLED_MS, Watchdog } from '../harness/watchdog.ts';
import type { PlainWorkload } from '../workload.ts';
import type { LiveFeed, LiveInput } from './live-input.ts';

/** A batch of a job that cuts its input itself. */
export interface LiveBatch {
  readonly info: BatchInfo;
  /** It has the records from one number to another, without it. */
  readonly from: number;
  readonly to: number;
  /** What it delivered, or how many records that were where the workload counts them. */
  readonly output: readonly unknown[] | number;
  /** When that was there, in ms since the epoch. */
  readonly deliveredAt: number;
}

/** How a job with a live source is opened. */
export interface LiveOptions {
  /** Milliseconds between batches; the job's own unless given. */
  readonly intervalMs?: number;
  /** Hears of each batch when it is complete. */
  readonly completed: (batch: LiveBatch) => void;
}

/** A job on the machine's clock, and the way to its source. */
export class LiveJob {
  readonly ssc: StreamingContext;
  /** Rejects when the job fails. */
  readonly failed: Promise<never>;
  readonly #feed: LiveFeed<unknown>;
  readonly #watchdog: Watchdog;

  private constructor(job: URL, ssc: StreamingContext, feed: LiveFeed<unknown>, watchdog: Watchdog) {
    this.ssc = ssc;
    this.#feed = feed;
    // After the bench has stopped it nobody listens any more.
    this.failed = Promise.race([
      ssc.awaitTermination().then(() => Promise.reject(endedByItself(job))),
      watchdog.stalled,
    ]);
    this.failed.catch(() => {});
    this.#watchdog = watchdog;
  }

  /** Loads a workload's job, starts it, and waits until its source is there. */
  static async open(
    workload: PlainWorkload,
    backend: ExecutionBackend,
    { intervalMs, completed }: LiveOptions,
  ): Promise<LiveJob> {
    const { job, params, delivery } = workload;
    const feed = await (workload.input as LiveInput<unknown>).open();
    const watchdog = new Watchdog(
      STALLED_MS,
      `no record has come to the job of ${workload.id} for ${STALLED_MS / 1000} s: does it connect to what is in its params?`,
    );
    let started: StreamingContext | null = null;
    try {
      const { ssc, streams } = await loadJob<Job<unknown, BenchStreams<unknown, unknown>>>(job, {
        backend,
        params: { ...(params as object | undefined), ...feed.params },
        ...(intervalMs === undefined ? {} : { batchInterval: milliseconds(intervalMs) }),
        warn: () => {},
      });
      checkStreams(job, streams);
      const delivered = new Map<number, Pick<LiveBatch, 'output' | 'deliveredAt'>>();
      streams.output.foreachRDD(
        async (rdd, time) => {
          const output = delivery === 'count' ? await rdd.count() : await rdd.collect();
          delivered.set(time.milliseconds, { output, deliveredAt: now() });
        },
        { name: 'deliver' },
      );
      const nothing = delivery === 'count' ? 0 : [];
      let from = 0;
      ssc.addStreamingListener({
        onBatchCompleted: ({ batchInfo: info }) => {
          const { output, deliveredAt } = delivered.get(info.batchTime) ?? { output: nothing, deliveredAt: now() };
          delivered.delete(info.batchTime);
          const to = from + info.numRecords;
          if (to > from) watchdog.heard();
          completed({ info, from, to, output, deliveredAt });
          from = to;
        },
      });
      started = ssc;
      await ssc.start();
      const live = new LiveJob(job, ssc, feed, watchdog);
      await Promise.race([feed.ready(), live.failed]);
      return live;
    } catch (e) {
      watchdog.stop();
      await started?.stop();
      await feed.close();
      throw e;
    }
  }

  /** Sends records; resolves when more can be sent. @throws what the job fails with */
  async send(records: readonly unknown[]): Promise<void> {
    await Promise.race([this.#feed.send(records), this.failed]);
  }

  /** Stops the job and its backend. */
  async close(): Promise<void> {
    this.#watchdog.stop();
    await this.ssc.stop();
    await this.#feed.close();
  }
}

/** What the engine's clock shows, with fractions. */
const epoch = Date.now() - performance.now();
export const now = (): number => epoch + performance.now();
