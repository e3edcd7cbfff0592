import type { BatchInfo, QueueEntry, StreamingContext } from '@millrace/core';
import type { Input } from '../input.ts';
import { type PlainWorkload, queued } from '../workload.ts';
import { batchSizes } from './batch-sizes.ts';
import type { BenchStreams } from './engine.ts';
import type { FedBatch, Feeder } from './feeder.ts';
import { noQueue } from './job-checks.ts';
import type { Load } from './open-loop.ts';
import { SkippingClock } from './skipping-clock.ts';
import { STALLED_MS } from './watchdog.ts';

/** Entries that are ready before their time. */
const AHEAD = 8;
/** Records that are made before. */
const MOST_MADE = 2 ** 17;
/** Points of an interval at which the latency of a record is taken. */
const POINTS = 50;

/** Puts the batches of a load into the job's queue before they are due: an entry is a batch, those of the preload are skipped to. */
export class QueueFeeder implements Feeder {
  readonly params: unknown;
  readonly clock = new SkippingClock();
  readonly stalled: string;
  readonly #job: URL;
  readonly #input: Input<unknown>;
  readonly #load: Load;
  readonly #preload: number;
  readonly #nextSize: (factor: number) => number;
  readonly #epoch = this.clock.now() - this.clock.elapsed();
  readonly #sizes: number[] = [];
  #queue: QueueEntry<unknown>[] = [];
  /** The next entry begins with this record. */
  #from = 0;
  #begun = 0;
  #zero = 0;
  #isClosed = false;

  constructor(workload: PlainWorkload, load: Load) {
    this.params = workload.params;
    this.stalled = `no batch of ${workload.id} was complete for ${STALLED_MS / 1000} s`;
    this.#job = workload.job;
    this.#input = queued(workload);
    this.#load = load;
    this.#preload = workload.preload;
    this.#nextSize = batchSizes(load.rate, load.intervalMs);
  }

  now(): number {
    return this.#epoch + this.clock.elapsed();
  }

  attach({ queue }: BenchStreams<unknown, unknown>): void {
    if (queue === undefined) throw noQueue(this.#job);
    this.#queue = queue;
    const { rate, intervalMs } = this.#load;
    // Records of a generator are made when they are first asked for: not while the clock runs.
    this.#input.records(0, Math.min(MOST_MADE, Math.ceil((rate * intervalMs * this.#total) / 1000)));
    this.planned();
  }

  planned(): void {
    const { shape = () => 1 } = this.#load;
    for (let ready = this.#queue.length; ready < AHEAD && this.#sizes.length < this.#total; ready++) {
      const size = this.#nextSize(shape(this.#sizes.length - this.#before));
      this.#sizes.push(size);
      this.#queue.push(this.#input.entry(this.#from, this.#from + size));
      this.#from += size;
    }
  }

  async feed(ssc: StreamingContext): Promise<void> {
    for (let batch = 0; batch < this.#preload && !this.#isClosed; batch++) {
      this.clock.skip(this.#load.intervalMs);
      await ssc.awaitIdle();
    }
  }

  batchOf({ batchTime }: BatchInfo): FedBatch | null {
    const { intervalMs, batches } = this.#load;
    const number = this.#begun++ - this.#before;
    if (number >= batches) return null;
    const records = this.#sizes[number + this.#before] ?? 0;
    const lastDue = batchTime - intervalMs / Math.max(1, records);
    if (number === 0) this.#zero = lastDue;
    return {
      number,
      records,
      lastDue,
      atMs: lastDue - this.#zero,
      *dues() {
        if (records === 0) return;
        const each = Math.max(1, Math.round(records / POINTS));
        for (let i = 0; i < POINTS; i++) yield { due: lastDue - (intervalMs * (i + 0.5)) / POINTS, records: each };
      },
      isLast: number === batches - 1,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  /** Batches before those that are measured. */
  get #before(): number {
    return this.#preload + this.#load.warmUp;
  }

  get #total(): number {
    return this.#before + this.#load.batches;
  }
}
