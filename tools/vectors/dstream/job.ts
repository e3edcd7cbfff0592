import { defineJob, milliseconds } from '../../../packages/core/src/index.ts';
import { saveAsTextFiles } from '../../../packages/sinks/src/files/index.ts';
import type { Vector } from '../format.ts';
import { intervalOf } from './interval.ts';
import { type Built, buildPipeline } from './pipeline.ts';

// The interval belongs to the definition, which params do not reach; so it is part of the module's address.
const batchMs = intervalOf(import.meta.url);

/** The job of every dstream vector: the vector is its params, and workers build the same pipeline from it. */
export default defineJob(
  // Two partitions by default, as Spark's local mode has in its suites (R19).
  { name: 'vector', batchInterval: milliseconds(batchMs), defaultParallelism: 2, onBatchFailure: 'continue' },
  (ssc, vector: Vector): Built => {
    const built = buildPipeline(ssc, vector);
    // Where the runner wants the batches as files.
    const { saveTo } = vector.params;
    if (typeof saveTo === 'string') saveAsTextFiles(built.output, saveTo, { name: 'files' });
    return built;
  },
);
