import type { DStream, Job, QueueEntry, QueueOptions, StreamingContext } from '@millrace/core';
import type { BenchStreams } from './engine.ts';

/** Params of a job whose queue the bench has replaced. */
export interface RequeuedParams<B> {
  /** The job's own. */
  readonly job: unknown;
  readonly bench: B;
}

/** Where a job calls `queueStream`. */
export interface QueuePlace {
  readonly ssc: StreamingContext;
  readonly options: QueueOptions<unknown>;
  /** The stream that it would have made. */
  queueStream(): DStream<unknown>;
}

/** Makes the stream that stands in the place of a job's `queueStream`. */
export type Requeue<B> = (place: QueuePlace, bench: B) => DStream<unknown>;

const JOB = 'job';

/** The URL of a wrapper that makes a job of another one, in every thread and process that imports it. */
export function requeuedUrl(wrapper: 'replayed-job' | 'slowed-job', job: URL): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const folder = wrapper === 'replayed-job' ? 'killed' : 'slowed';
  const url = new URL(`./${folder}/${wrapper}.${extension}`, import.meta.url);
  url.searchParams.set(JOB, job.href);
  return url;
}

/**
 * The job that the query of a wrapper's URL names, with another stream in the place of its queue: so a measure can do to any job what
 * a queue or a healthy worker would not, and the job's module stays as it is.
 *
 * @param wrapper its `import.meta.url`
 * @throws Error where the job does not call `queueStream` once, for the queue that it hands out
 */
export async function requeuedJob<B>(
  wrapper: string,
  requeue: Requeue<B>,
): Promise<Job<RequeuedParams<B>, BenchStreams<unknown, unknown>>> {
  const module = new URL(wrapper).searchParams.get(JOB);
  if (module === null)
    throw new Error(
      `${wrapper} was imported without its query, which some loaders drop (Vite's does): run the bench by millrace-bench or runBench`,
    );
  const { default: inner } = (await import(module)) as {
    readonly default: Job<unknown, BenchStreams<unknown, unknown>>;
  };
  const { batchInterval } = inner.definition;
  return {
    ...inner,
    definition: {
      ...inner.definition,
      batchInterval: typeof batchInterval === 'function' ? ({ job }) => batchInterval(job) : batchInterval,
    },
    build(ssc, { job, bench }) {
      const refuse = (found: string) => {
        const rule = 'for this measure it takes one queue, the one that the job returns';
        return new Error(`the job ${inner.definition.name} ${found}: ${rule}`);
      };
      let only: unknown = null;
      const queueStream = ssc.queueStream.bind(ssc);
      const instead: StreamingContext['queueStream'] = <T>(queue: QueueEntry<T>[], options: QueueOptions<T> = {}) => {
        if (only !== null) throw refuse('calls queueStream more than once');
        only = queue;
        const place = {
          ssc,
          options: options as QueueOptions<unknown>,
          queueStream: () => queueStream(queue, options),
        };
        return requeue(place, bench) as DStream<T>;
      };
      ssc.queueStream = instead;
      const streams = inner.build(ssc, job);
      if (only === null) throw refuse('does not call queueStream');
      if (streams.queue !== only) throw refuse('returns another queue than that of its queueStream');
      return streams;
    },
  };
}
