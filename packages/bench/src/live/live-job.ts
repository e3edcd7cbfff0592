import { type ExecutionBackend, type Job, loadJob, type StreamingContext } from '@millrace/core';
import { deliveries } from '../harness/deliveries.ts';
import type { BenchStreams } from '../harness/engine.ts';
import { checkStreams, endedByItself } from '../harness/job-checks.ts';
import { STALLED_MS, Watchdog } from '../harness/watchdog.ts';
import type { PlainWorkload } from '../workload.ts';
import { type LiveFeed, type LiveInput, openFeed } from './live-input.ts';

/** A batch of a job that cuts its input itself. */
export interface LiveBatch {
  /** It has the records from one number to another, without it. */
  readonly from: number;
  readonly to: number;
  /** What it delivered, or how many records that were where the workload counts them. */
  readonly output: readonly unknown[] | number;
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

  /**
   * Loads a workload's job, starts it, and waits until its source is there.
   *
   * @param completed hears of each batch when it is complete
   */
  static async open(
    workload: PlainWorkload,
    backend: ExecutionBackend,
    completed: (batch: LiveBatch) => void,
  ): Promise<LiveJob> {
    const { job, delivery } = workload;
    const feed = await openFeed(workload.id, workload.input as LiveInput<unknown>);
    const watchdog = new Watchdog(STALLED_MS, noRecordCame(workload));
    let started: StreamingContext | null = null;
    try {
      const { ssc, streams } = await loadJob<Job<unknown, BenchStreams<unknown, unknown>>>(job, {
        backend,
        params: paramsOf(workload, feed),
        warn: () => {},
      });
      checkStreams(job, streams);
      const delivered = deliveries(streams, delivery, now);
      let from = 0;
      ssc.addStreamingListener({
        onBatchCompleted: ({ batchInfo: { batchTime, numRecords } }) => {
          const { output } = delivered(batchTime);
          const to = from + numRecords;
          if (to > from) watchdog.heard();
          completed({ from, to, output });
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

  /** Sends records; resolves when more can be sent. */
  async send(records: readonly unknown[]): Promise<void> {
    await this.#feed.send(records);
  }

  /** Stops the job and its backend. */
  async close(): Promise<void> {
    this.#watchdog.stop();
    await this.ssc.stop();
    await this.#feed.close();
  }
}

/** What a workload's job is given, where to find the records among it. */
export function paramsOf({ params }: PlainWorkload, feed: LiveFeed<unknown>): object {
  return { ...(params as object | undefined), ...feed.params };
}

/** What to say of a job to which nothing comes. */
export function noRecordCame({ id }: PlainWorkload): string {
  return `no record has come to the job of ${id} for ${STALLED_MS / 1000} s: does it connect to what is in its params?`;
}

/** What the engine's clock shows, with fractions. */
const epoch = Date.now() - performance.now();
export const now = (): number => epoch + performance.now();
