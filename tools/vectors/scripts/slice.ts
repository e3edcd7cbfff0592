import { milliseconds, Time } from '../../../packages/core/src/index.ts';
import { runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, VectorFailure } from '../check.ts';
import { buildPipeline } from '../dstream/pipeline.ts';
import { checkExpected } from '../dstream/run.ts';
import type { Vector } from '../format.ts';
import { scriptedContext } from './scripted.ts';

/** Records that `slice` finds, for each query, after all batches have run. */
export async function runSlice(vector: Vector): Promise<void> {
  const {
    started = true,
    rememberMs,
    queries,
  } = vector.params as {
    started?: boolean;
    rememberMs?: number;
    queries: readonly [number, number][];
  };
  const { ssc, clock } = scriptedContext(vector.batchDurationMs as number);
  const { output: source } = buildPipeline(ssc, vector);
  source.foreachRDD(() => {});
  if (rememberMs !== undefined) ssc.remember(milliseconds(rememberMs));
  if (started) {
    await ssc.start();
    await runBatches(ssc, clock, vector.inputs.length);
  }
  const slice = async ([from, to]: readonly [number, number]) => {
    const records: unknown[] = [];
    for (const rdd of source.slice(new Time(from), new Time(to))) records.push(...(await rdd.collect()));
    return records;
  };
  const { expectedError } = vector;
  try {
    for (const [i, query] of queries.entries()) {
      let records: unknown[];
      try {
        records = await slice(query);
      } catch (e) {
        if (expectedError === undefined) throw e;
        checkExpected(e, expectedError);
        continue;
      }
      const what = `slice(${query.join(', ')})`;
      if (expectedError !== undefined) throw new VectorFailure(what, expectedError, records);
      checkBatch(records, (vector.expected as unknown[][])[i], what, vector);
    }
  } finally {
    await ssc.stop();
  }
}
