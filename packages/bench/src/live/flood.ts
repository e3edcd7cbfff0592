import type { ExecutionBackend, StreamingContext } from '@millrace/core';
import type { PlainWorkload } from '../workload.ts';
import { type LiveBatch, LiveJob } from './live-job.ts';

/** Records that are sent at once, at most. */
const CHUNK = 1000;

/** All records of a run, sent to a job as fast as its source takes them. Batches are those that the job cuts. */
export class Flood {
  readonly #job: LiveJob;
  readonly #chunks: readonly (readonly unknown[])[];
  readonly #batches: LiveBatch[];
  readonly #complete: Promise<void>;

  private constructor(
    job: LiveJob,
    parts: { chunks: readonly (readonly unknown[])[]; batches: LiveBatch[]; complete: Promise<void> },
  ) {
    this.#job = job;
    this.#chunks = parts.chunks;
    this.#batches = parts.batches;
    this.#complete = parts.complete;
  }

  /** Makes the records and starts the job; its source is there then. */
  static async open(workload: PlainWorkload, backend: ExecutionBackend): Promise<Flood> {
    const { input, batch, batches: count } = workload;
    const total = batch * count;
    const chunks: (readonly unknown[])[] = [];
    for (let at = 0; at < total; at += CHUNK) chunks.push(input.records(at, Math.min(total, at + CHUNK)));
    const batches: LiveBatch[] = [];
    const { promise: complete, resolve } = Promise.withResolvers<void>();
    const completed = (each: LiveBatch) => {
      batches.push(each);
      if (each.to >= total) resolve();
    };
    return new Flood(await LiveJob.open(workload, backend, completed), { chunks, batches, complete });
  }

  get ssc(): StreamingContext {
    return this.#job.ssc;
  }

  /** Sends everything, once. Resolves with the batches when all results are there. @throws what the job fails with */
  async run(): Promise<readonly LiveBatch[]> {
    let isOver = false;
    const all = async () => {
      for (const chunk of this.#chunks) if (!isOver) await this.#job.send(chunk);
      await this.#complete;
    };
    try {
      // One race for all chunks: one for each would leave something on the promise each time.
      await Promise.race([all(), this.#job.failed]);
    } finally {
      isOver = true;
    }
    return this.#batches;
  }

  close(): Promise<void> {
    return this.#job.close();
  }
}
