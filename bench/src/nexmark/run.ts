import type { DStream } from '@millrace/core';
import { type ExecutionBackend, type Job, loadJob } from '@millrace/core';
import { StepClock } from '../harness/step-clock.ts';
import type { NexmarkEvent } from './generator/events.ts';
import type { NexmarkInput, NexmarkParams } from './queries/input.ts';
import type { NexmarkQuery } from './queries.ts';

/** Streams of every Nexmark job. */
interface NexmarkStreams extends Pick<NexmarkInput, 'queue'> {
  readonly output: DStream<unknown>;
}

/** A query's job that runs a batch when it is told to, and hands its rows over. */
export interface QueryRun {
  /** Runs a batch to its end; its rows go to `sink`. Null where events are generated. */
  batch(events: readonly NexmarkEvent[] | null): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a query's job.
 * @param baseTime of the events, in ms: where the clock begins
 * @param sink gets the rows of each output, in the order of batches
 */
export async function startQuery(
  query: NexmarkQuery,
  backend: ExecutionBackend,
  params: NexmarkParams,
  baseTime: number,
  sink: (rows: readonly unknown[]) => void,
): Promise<QueryRun> {
  const clock = new StepClock(baseTime);
  const { ssc, streams } = await loadJob<Job<NexmarkParams, NexmarkStreams>>(query.job, {
    backend,
    params,
    clock,
    warn: () => {},
  });
  streams.output.foreachRDD(async (rdd) => sink(await rdd.collect()), { name: 'rows' });
  await ssc.start();
  let failure: { readonly reason: unknown } | null = null;
  ssc.awaitTermination().catch((reason) => {
    failure = { reason };
  });
  return {
    async batch(events) {
      if (events !== null) streams.queue?.push(events);
      clock.step(ssc.batchDuration.milliseconds);
      await ssc.awaitIdle();
      if (failure !== null) throw failure.reason;
    },
    close: () => ssc.stop(),
  };
}
