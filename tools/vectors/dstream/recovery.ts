import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckpointStore, type ExecutionBackend, loadJob, memoryStore } from '../../../packages/core/src/index.ts';
import { type BatchOutput, collectOutputs, ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkSame, VectorFailure } from '../check.ts';
import type { Vector } from '../format.ts';
import { mortalStore } from '../mortal-store.ts';
import { nextInterval } from './interval.ts';
import type job from './job.ts';

/**
 * Runs a dstream vector that is stopped and goes on: the job dies when the last batch before has written its output and is
 * about to say so. That batch runs again, the others do not. @throws VectorFailure
 */
export async function runRecovery(vector: Vector, backend: ExecutionBackend): Promise<void> {
  const { batchesBeforeRestart: k } = vector.params.recovery as { batchesBeforeRestart: number };
  const interval = vector.batchDurationMs as number;
  const numBatches = vector.numBatches ?? vector.inputs.length;
  const dir = vector.params.saveFiles === true ? mkdtempSync(join(tmpdir(), 'millrace-vector-')) : null;
  try {
    const store = memoryStore();
    const mortal = mortalStore(store, ([kind, time]) => kind === 'done' && time === k * interval);
    const before = await runFrom(vector, backend, mortal, 0, k, dir);
    checkOutputs(vector, before, 0, k, 'before the restart');
    const after = await runFrom(vector, backend, store, k * interval, numBatches - k, dir);
    checkOutputs(vector, after, k - 1, numBatches, 'after the restart');
    if (dir !== null) checkFiles(vector, dir, interval);
  } finally {
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
  }
}

async function runFrom(
  vector: Vector,
  backend: ExecutionBackend,
  checkpoint: CheckpointStore,
  fromMs: number,
  batches: number,
  dir: string | null,
): Promise<readonly BatchOutput<unknown>[]> {
  const clock = new ManualClock(fromMs);
  nextInterval.ms = vector.batchDurationMs as number;
  const url = new URL(`./job.ts?batchMs=${nextInterval.ms}`, import.meta.url);
  const { ssc, streams } = await loadJob<typeof job>(url, {
    backend,
    params: dir === null ? vector : { ...vector, params: { ...vector.params, saveTo: join(dir, 'out') } },
    clock,
    warn: () => {},
    stopBackendByDefault: false,
    onBatchFailure: 'stop',
    checkpoint,
  });
  const outputs = collectOutputs(streams.output, 'outputs');
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  await runBatches(ssc, clock, batches);
  await ssc.stop();
  return outputs;
}

function checkOutputs(
  vector: Vector,
  outputs: readonly BatchOutput<unknown>[],
  from: number,
  to: number,
  when: string,
): void {
  const expected = vector.expected as readonly (readonly unknown[])[];
  checkSame(outputs.length, to - from, `outputs ${when}`);
  outputs.forEach(({ records, time }, i) => {
    const { unordered, unorderedValues } = vector;
    checkBatch(records, expected[from + i] as readonly unknown[], `output at ${time} ms, ${when}`, {
      unordered: unordered === true,
      unorderedValues,
    });
  });
}

/** Each batch has its directory once, with its records. */
function checkFiles(vector: Vector, dir: string, interval: number): void {
  const expected = vector.expected as readonly (readonly unknown[])[];
  expected.forEach((records, i) => {
    const batch = join(dir, `out-${(i + 1) * interval}`);
    const lines = readdirSync(batch)
      .filter((name) => name.startsWith('part-'))
      .flatMap((name) => readFileSync(join(batch, name), 'utf8').split('\n'))
      .filter((line) => line !== '');
    if (lines.length !== records.length) throw new VectorFailure(`lines in ${batch}`, records, lines);
  });
}
