import type { Partitioning } from '../plan/partitioning.ts';

/** Every operator takes a name: unique, stable, shown in errors and `explain`, and the key under which state recovers. */
export interface Named {
  /** Unique in the job. Left out, it is the operator's name and a number. */
  readonly name?: string;
}

/** Options of operators that move pairs by key: `numPartitions` or a `partitioner`; else the default parallelism. */
export interface KeyOptions extends Named, Partitioning {}
