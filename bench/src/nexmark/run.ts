import { StepClock } from '@millrace/bench';
import { type DStream, type ExecutionBackend, type Job, loadJob } from '@millrace/core';

import type { NexmarkEvent } from './generator/events.ts';
import type { NexmarkInput, NexmarkParams } from './queries/input.ts';

/** How a job over Nexmark's events is started. */
export interface NexmarkRunOptions<S> {
  readonly backend: ExecutionBackend;
  readonly params: NexmarkParams;
  /** Of the events, in ms: where the clock begins. */
  readonly baseTime: number;
  /** Which outputs are computed, by name. */
  readonly outputs: (streams: S) => Readonly<Record<string, DStream<unknown>>>;
  /** Gets the rows of an output, in the order of batches. */
  readonly sink: (output: string, rows: readonly unknown[]) => void;
}

/** A started job that runs a batch when it is told to. */
export interface NexmarkRun {
  /** Runs a batch to its end. Null where events are generated. */
  batch(events: readonly NexmarkEvent[] | null): Promise<void>;
  close(): Promise<void>;
}

/** Streams of the job of one query. */
export interface QueryStreams extends Pick<NexmarkInput, 'queue'> {
  readonly output: DStream<unknown>;
}

/** Starts a job whose batches are run one by one, each as soon as the one before has ended. */
export async function startNexmark<S>(job: URL, options: NexmarkRunOptions<S>): Promise<NexmarkRun> {
  const { backend, params, baseTime, outputs, sink } = options;
  const clock = new StepClock(baseTime);
  const { ssc, streams } = await loadJob<Job<NexmarkParams, S>>(job, { backend, params, clock, warn: () => {} });
  for (const [output, stream] of Object.entries(outputs(streams))) {
    stream.foreachRDD(async (rdd) => sink(output, await rdd.collect()), { name: `rows-${output}` });
  }
  await ssc.start();
  let failure: { readonly reason: unknown } | null = null;
  ssc.awaitTermination().catch((reason) => {
    failure = { reason };
  });
  return {
    async batch(events) {
      if (events !== null) (streams as Partial<QueryStreams>).queue?.push(events);
      clock.step(ssc.batchDuration.milliseconds);
      await ssc.awaitIdle();
      if (failure !== null) throw failure.reason;
    },
    close: () => ssc.stop(),
  };
}
