import type { BatchInfo } from '@millrace/core';
import { batchSizes } from '../harness/batch-sizes.ts';
import type { FedBatch, Feeder } from '../harness/feeder.ts';
import type { Load } from '../harness/open-loop.ts';
import type { PlainWorkload } from '../workload.ts';
import { DueTimes } from './due-times.ts';
import { type LiveFeed, type LiveInput, openFeed } from './live-input.ts';
import { noRecordCame, now, paramsOf } from './live-job.ts';

/** How often records that are due are sent. */
const TICK_MS = 1;
/** Records that are made before. */
const MOST_MADE = 2 ** 17;
/** Points of a batch at which the latency of a record is taken. */
const POINTS = 50;

/**
 * Sends the records of a load to the source that a job has when they are due, whatever becomes of them. Batches are those that the job
 * cuts; which records one has is known by their number, since they come in order.
 */
export class LiveFeeder implements Feeder {
  readonly params: unknown;
  readonly stalled: string;
  readonly now = now;
  readonly #input: LiveInput<unknown>;
  readonly #feed: LiveFeed<unknown>;
  readonly #load: Load;
  readonly #due: DueTimes;
  /** When the first record is due. */
  #zero = Number.POSITIVE_INFINITY;
  /** The next batch begins with this record. */
  #from = 0;
  #isClosed = false;

  private constructor(workload: PlainWorkload, input: LiveInput<unknown>, feed: LiveFeed<unknown>, load: Load) {
    const { intervalMs, warmUp, batches, shape = () => 1, rate } = load;
    this.params = paramsOf(workload, feed);
    this.stalled = noRecordCame(workload);
    this.#input = input;
    this.#feed = feed;
    this.#load = load;
    const nextSize = batchSizes(rate, intervalMs);
    const sizes = Array.from({ length: warmUp + batches }, (_, i) => nextSize(shape(i - warmUp)));
    this.#due = new DueTimes(intervalMs, sizes);
  }

  static async open(workload: PlainWorkload, input: LiveInput<unknown>, load: Load): Promise<LiveFeeder> {
    return new LiveFeeder(workload, input, await openFeed(workload.id, input), load);
  }

  attach(): void {
    // Records of a generator are made when they are first asked for: not while the clock runs.
    this.#input.records(0, Math.min(MOST_MADE, this.#due.total));
  }

  planned(): void {}

  async feed(): Promise<void> {
    await this.#feed.ready();
    this.#zero = now();
    for (let sent = 0; sent < this.#due.total && !this.#isClosed; ) {
      const until = this.#due.until(now() - this.#zero);
      if (until > sent) await this.#feed.send(this.#input.records(sent, until));
      sent = until;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  batchOf({ numRecords }: BatchInfo): FedBatch | null {
    if (numRecords === 0) return null;
    const due = this.#due;
    const zero = this.#zero;
    const from = this.#from;
    const to = from + numRecords;
    this.#from = to;
    const { intervalMs, warmUp } = this.#load;
    const lastDue = due.of(to - 1);
    return {
      number: Math.floor(lastDue / intervalMs) - warmUp,
      records: numRecords,
      lastDue: zero + lastDue,
      atMs: lastDue - warmUp * intervalMs,
      *dues() {
        const step = Math.max(1, Math.floor(numRecords / POINTS));
        for (let n = from; n < to; n += step) yield { due: zero + due.of(n), records: Math.min(step, to - n) };
      },
      isLast: to >= due.total,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#feed.close();
  }
}
