import { milliseconds } from '../../../packages/core/src/index.ts';
import { runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkSame } from '../check.ts';
import { buildPipeline } from '../dstream/pipeline.ts';
import type { Vector } from '../format.ts';
import { scriptedContext } from './scripted.ts';

interface Row {
  readonly stage: number;
  readonly rememberMs: number;
  readonly retainedTimesMs?: readonly number[];
  readonly assertedPresentMs?: readonly number[];
  readonly assertedAbsentMs?: readonly number[];
}

/** How long each stage's batches are remembered, and which of them still are after all batches. */
export async function runRetention(vector: Vector): Promise<void> {
  const {
    rememberMs,
    numBatches,
    zeroTimeMs = 0,
  } = vector.params as { rememberMs?: number; numBatches: number; zeroTimeMs?: number };
  const { ssc, clock } = scriptedContext(vector.batchDurationMs as number, {}, zeroTimeMs);
  const { output, stages } = buildPipeline(ssc, vector);
  output.foreachRDD(async (rdd) => void (await rdd.collect()));
  if (rememberMs !== undefined) ssc.remember(milliseconds(rememberMs));
  await ssc.start();
  await runBatches(ssc, clock, numBatches);
  for (const row of vector.expected as Row[]) {
    const { node, rememberDuration } = stages[row.stage];
    const held = ssc.run?.planner.rememberedTimes(node) ?? [];
    const what = `batch times that stage ${row.stage} holds`;
    checkSame(rememberDuration.milliseconds, row.rememberMs, `remember duration of stage ${row.stage}`);
    if (row.retainedTimesMs !== undefined) checkSame(held, row.retainedTimesMs, what);
    for (const time of row.assertedPresentMs ?? []) checkSame(held.includes(time), true, `${what} include ${time}`);
    for (const time of row.assertedAbsentMs ?? []) checkSame(held.includes(time), false, `${what} include ${time}`);
  }
  await ssc.stop();
}
