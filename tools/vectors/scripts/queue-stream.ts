import { collectOutputs, runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkSame } from '../check.ts';
import type { Vector } from '../format.ts';
import { scriptedContext } from './scripted.ts';

/** Batches are put into a queue before each interval. */
export async function runQueueStream(vector: Vector): Promise<void> {
  const {
    oneAtATime = true,
    dropEmpty = false,
    numInputPartitions,
  } = vector.params as {
    oneAtATime?: boolean;
    dropEmpty?: boolean;
    numInputPartitions?: number;
  };
  const { ssc, clock } = scriptedContext(vector.batchDurationMs as number);
  const queue: unknown[][] = [];
  const outputs = collectOutputs(ssc.queueStream(queue, { oneAtATime, numPartitions: numInputPartitions }));
  await ssc.start();
  for (const batches of vector.inputs as unknown[][][]) {
    queue.push(...batches);
    await runBatches(ssc, clock, 1);
  }
  await ssc.stop();
  const seen = outputs.map((o) => o.records).filter((records) => !dropEmpty || records.length > 0);
  const expected = vector.expected as unknown[][];
  checkSame(seen.length, expected.length, 'number of batches');
  for (const [i, records] of seen.entries()) checkBatch(records, expected[i], `batch ${i}`, vector);
}
