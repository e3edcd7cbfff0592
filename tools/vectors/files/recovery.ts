import { isDeepStrictEqual } from 'node:util';
import { type ExecutionBackend, memoryStore } from '../../../packages/core/src/index.ts';
import type { BatchOutput } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, VectorFailure } from '../check.ts';
import type { Vector } from '../format.ts';
import { mortalStore } from '../mortal-store.ts';
import { type InputFile, InputFiles } from './input-files.ts';
import { live } from './life.ts';
import { comparable, fileJobParams, fileTimes, withDirectory } from './run.ts';

/** When the driver dies and when it is back, in ms. */
interface Outage {
  readonly stopMs: number;
  readonly restartMs: number;
  /** The first batch that it does not complete: it has written its output and is about to say so. */
  readonly failingMs: number;
}

/**
 * A file stream whose driver dies in the middle of a batch and is recovered later; files come before, meanwhile and afterwards.
 * Batches that are run again have the same files, those of the time in between the files whose modification times belong to them
 * (R83): each batch time has its one output, however often it is output.
 *
 * Like `fileStream`, with a pipeline. The outage is `params.stopAtMs` and `params.restartAtMs`, or after
 * `params.recovery.batchesBeforeRestart` batches. `expected[i]` is the output at `zeroTimeMs + (i + 1) * batch`, or `expected` is
 * `{ distinctOutputs }`: the records of all outputs. @throws VectorFailure
 */
export async function runFileRecovery(vector: Vector, backend: ExecutionBackend): Promise<void> {
  const interval = vector.batchDurationMs as number;
  const { zeroTimeMs, constructTimeMs } = fileTimes(vector);
  const inputs = vector.inputs as readonly InputFile[];
  const outage = outageOf(vector, zeroTimeMs);
  const perBatch = Array.isArray(vector.expected) ? (vector.expected as readonly (readonly unknown[])[]) : null;
  const lastFile = Math.max(...inputs.map((file) => Math.max(file.modTimeMs, file.visibleAtMs)));
  const numBatches = perBatch?.length ?? vector.numBatches ?? Math.ceil((lastFile - zeroTimeMs) / interval);
  const outputs = await withDirectory(async (base) => {
    const files = new InputFiles(base, inputs);
    const params = fileJobParams(vector, base, files.ofBytes);
    const inner = memoryStore();
    const mortal = mortalStore(inner, (key) => key[0] === 'done' && (key[1] as number) >= outage.failingMs);
    /** Batch by batch, so that each sees the files of its time; then up to a time between two. */
    const runUpTo =
      (endMs: number) =>
      async (...[ssc, clock]: Parameters<Parameters<typeof live>[0]['meanwhile']>) => {
        for (let next = nextBatch(clock.now()); next <= endMs; next += interval) {
          files.showUpTo(next);
          await clock.setTo(next);
          await ssc.awaitIdle();
        }
        if (endMs > clock.now()) await clock.setTo(endMs);
      };
    const nextBatch = (now: number) => zeroTimeMs + (Math.floor((now - zeroTimeMs) / interval) + 1) * interval;
    const life = { backend, params };
    files.showUpTo(constructTimeMs);
    const before = await live({ ...life, store: mortal, fromMs: constructTimeMs, meanwhile: runUpTo(outage.stopMs) });
    files.showUpTo(outage.restartMs);
    const end = zeroTimeMs + numBatches * interval;
    const after = await live({ ...life, store: inner, fromMs: outage.restartMs, meanwhile: runUpTo(end) });
    return [...before.outputs, ...after.outputs];
  });
  if (perBatch === null) checkDistinct(vector, outputs);
  else checkBatches(vector, perBatch, outputs, zeroTimeMs);
}

function outageOf(vector: Vector, zeroTimeMs: number): Outage {
  const interval = vector.batchDurationMs as number;
  const { recovery, ...params } = vector.params as {
    readonly recovery?: { readonly batchesBeforeRestart?: number };
    readonly stopAtMs?: number;
    readonly restartAtMs?: number;
    readonly failingBatchMs?: number;
  };
  const k = recovery?.batchesBeforeRestart;
  const stopMs = params.stopAtMs ?? (k === undefined ? undefined : zeroTimeMs + k * interval);
  if (stopMs === undefined) throw new TypeError('the vector says neither stopAtMs nor recovery.batchesBeforeRestart');
  const lastBatch = zeroTimeMs + Math.floor((stopMs - zeroTimeMs) / interval) * interval;
  return { stopMs, restartMs: params.restartAtMs ?? stopMs, failingMs: params.failingBatchMs ?? lastBatch };
}

function checkBatches(
  vector: Vector,
  expected: readonly (readonly unknown[])[],
  outputs: readonly BatchOutput<unknown>[],
  zeroTimeMs: number,
): void {
  const times = expected.map((_, i) => zeroTimeMs + (i + 1) * (vector.batchDurationMs as number));
  for (const { time, records } of outputs) {
    const i = times.indexOf(time);
    if (i < 0) throw new VectorFailure(`output at ${time} ms`, 'no call', records);
    checkBatch(comparable(records, expected[i]), expected[i], `output at ${time} ms`, vector);
  }
  for (const [i, time] of times.entries())
    if (!outputs.some((o) => o.time === time)) throw new VectorFailure(`output at ${time} ms`, expected[i], 'no call');
}

function checkDistinct(vector: Vector, outputs: readonly BatchOutput<unknown>[]): void {
  const { distinctOutputs } = vector.expected as { readonly distinctOutputs?: readonly unknown[] };
  if (distinctOutputs === undefined) throw new TypeError('the vector expects neither batches nor distinctOutputs');
  const records = comparable(
    outputs.flatMap((o) => o.records),
    distinctOutputs,
  );
  const distinct = records.filter((r, i) => records.findIndex((other) => isDeepStrictEqual(other, r)) === i);
  checkBatch(distinct, distinctOutputs, 'distinct outputs', { unordered: true });
}
