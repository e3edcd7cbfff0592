import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionBackend } from '../../../packages/core/src/index.ts';
import { loadJob } from '../../../packages/core/src/index.ts';
import { collectOutputs, ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkSame } from '../check.ts';
import type { Vector } from '../format.ts';
import { type InputFile, InputFiles } from './input-files.ts';
import type job from './job.ts';
import type { FileJobParams } from './job.ts';

interface FileParams {
  readonly constructTimeMs?: number;
  readonly zeroTimeMs?: number;
  readonly newFilesOnly?: boolean;
  readonly minRememberMs?: number;
  readonly directoryGlob?: string;
  readonly recordLength?: number;
  readonly filter?: string;
}

/** The job of vectors with files. */
export const FILE_JOB = new URL('./job.ts', import.meta.url);

/** Files that appear while a stream runs, on a backend that stays. @throws VectorFailure */
export async function runFileStream(vector: Vector, backend: ExecutionBackend): Promise<void> {
  const { zeroTimeMs, constructTimeMs } = fileTimes(vector);
  const expected = vector.expected as readonly unknown[][];
  await withDirectory(async (base) => {
    const clock = new ManualClock(constructTimeMs);
    const files = new InputFiles(base, vector.inputs as readonly InputFile[]);
    files.showUpTo(constructTimeMs);
    const { ssc, streams } = await loadJob<typeof job>(FILE_JOB, {
      backend,
      params: fileJobParams(vector, base, files.ofBytes),
      clock,
      warn: () => {},
      stopBackendByDefault: false,
    });
    const outputs = collectOutputs(streams, 'outputs');
    if (zeroTimeMs > constructTimeMs) await clock.setTo(zeroTimeMs);
    try {
      await ssc.start();
      for (let i = 0; i < expected.length; i++) {
        files.showUpTo(zeroTimeMs + (i + 1) * (vector.batchDurationMs as number));
        await runBatches(ssc, clock, 1);
      }
    } finally {
      await ssc.stop();
    }
    await ssc.awaitTermination();
    checkSame(
      outputs.map((o) => o.time),
      expected.map((_, i) => zeroTimeMs + (i + 1) * (vector.batchDurationMs as number)),
      'batch times',
    );
    for (const [i, records] of expected.entries())
      checkBatch(comparable(outputs[i].records, records), records, `batch ${i}`, vector);
  });
}

/** When the stream of a vector with files is made, and its zero time. */
export function fileTimes(vector: Vector): { readonly zeroTimeMs: number; readonly constructTimeMs: number } {
  const { zeroTimeMs = 0, constructTimeMs = zeroTimeMs } = vector.params as FileParams;
  return { zeroTimeMs, constructTimeMs };
}

/** What the job of a vector with files is given. */
export function fileJobParams(vector: Vector, base: string, ofBytes: boolean): FileJobParams {
  const { minRememberMs = 60_000, newFilesOnly = true, ...params } = vector.params as FileParams;
  return {
    batchMs: vector.batchDurationMs as number,
    directory: join(base, params.directoryGlob ?? ''),
    newFilesOnly,
    minRememberMs,
    recordLength: ofBytes || vector.operation === 'binaryRecordsStream' ? (params.recordLength ?? 1) : null,
    filter: params.filter ?? null,
    pipeline: vector.pipeline ?? [],
  };
}

/** Gives a directory that is gone afterwards. */
export async function withDirectory<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-vector-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Records of one byte may be written as numbers. */
export function comparable(records: readonly unknown[], expected: readonly unknown[]): readonly unknown[] {
  if (!expected.some((r) => typeof r === 'number')) return records;
  return records.map((r) => (Array.isArray(r) && r.length === 1 ? r[0] : Number(r)));
}
