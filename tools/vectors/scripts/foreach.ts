import { runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkSame } from '../check.ts';
import { buildPipeline } from '../dstream/pipeline.ts';
import type { Vector } from '../format.ts';
import { scriptedContext } from './scripted.ts';

/** Counts calls of `foreachRDD` and the records that it sees. */
export async function runForeach(vector: Vector): Promise<void> {
  const { ssc, clock } = scriptedContext(vector.batchDurationMs as number);
  let calls = 0;
  let elements = 0;
  buildPipeline(ssc, vector).output.foreachRDD(async (rdd) => {
    calls += 1;
    elements += await rdd.count();
  });
  await ssc.start();
  await runBatches(ssc, clock, vector.numBatches ?? vector.inputs.length);
  await ssc.stop();
  checkSame({ calls, elements }, vector.expected, 'calls and elements');
}
