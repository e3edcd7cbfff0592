import { SparkProcess } from '../spark/process.ts';
import type { Opponent } from './engines.ts';

/** Cores that compute. */
const CORES = 2;

/** What a Spark is started for. */
export interface SparkOptions {
  /** Whether its jobs have a receiver, which takes a core for as long as the job runs. */
  readonly receiver: boolean;
}

/**
 * Spark Streaming with two cores that compute, and one more for a receiver. It stays the same process from run to run, so that
 * what the JVM has compiled stays compiled; each run has a streaming context of its own.
 */
export function startSpark({ receiver }: SparkOptions): Opponent {
  const cores = receiver ? CORES + 1 : CORES;
  const spark = SparkProcess.start({
    main: 'ShortIntervals',
    cores,
    settings: {
      'spark.default.parallelism': String(CORES),
      // Buckets of a few bytes: to compress them takes time and saves none.
      'spark.shuffle.compress': 'false',
    },
  });
  return {
    title: `Spark Streaming local[${cores}]`,
    smallBatches: (run) => spark.ask({ job: 'small-batches', ...run }),
    socket: (run) => spark.ask({ job: 'due-counts', ...run }),
    close: () => spark.close(),
  };
}
