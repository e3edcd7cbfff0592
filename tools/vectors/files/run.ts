import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionBackend } from '../../../packages/core/src/index.ts';
import { loadJob } from '../../../packages/core/src/index.ts';
import { collectOutputs, ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkSame } from '../check.ts';
import type { Vector } from '../format.ts';
import type job from './job.ts';
import type { FileJobParams } from './job.ts';

/** A file, when it was changed last, and from when on it can be seen. */
interface InputFile {
  readonly path: string;
  readonly modTimeMs: number;
  readonly visibleAtMs: number;
  readonly records?: readonly unknown[];
  readonly bytes?: readonly number[];
}

interface FileParams {
  readonly constructTimeMs?: number;
  readonly zeroTimeMs?: number;
  readonly newFilesOnly?: boolean;
  readonly minRememberMs?: number;
  readonly directoryGlob?: string;
  readonly recordLength?: number;
  readonly filter?: string;
}

const JOB = new URL('./job.ts', import.meta.url);

/** Files that appear while a stream runs, on a backend that stays. @throws VectorFailure */
export async function runFileStream(vector: Vector, backend: ExecutionBackend): Promise<void> {
  const params = vector.params as FileParams;
  const { zeroTimeMs = 0, constructTimeMs = zeroTimeMs, minRememberMs = 60_000, newFilesOnly = true } = params;
  const batchMs = vector.batchDurationMs as number;
  const inputs = vector.inputs as readonly InputFile[];
  const ofBytes = vector.operation === 'binaryRecordsStream' || inputs.some((file) => file.bytes !== undefined);
  const base = mkdtempSync(join(tmpdir(), 'millrace-vector-'));
  const clock = new ManualClock(constructTimeMs);
  const show = (from: number, to: number): void => {
    for (const file of inputs) if (file.visibleAtMs > from && file.visibleAtMs <= to) place(base, file);
  };
  try {
    show(Number.NEGATIVE_INFINITY, constructTimeMs);
    const jobParams: FileJobParams = {
      batchMs,
      directory: join(base, params.directoryGlob ?? ''),
      newFilesOnly,
      minRememberMs,
      recordLength: ofBytes ? (params.recordLength ?? 1) : null,
      filter: params.filter ?? null,
    };
    const options = { backend, params: jobParams, clock, warn: () => {}, stopBackendByDefault: false };
    const { ssc, streams } = await loadJob<typeof job>(JOB, options);
    const outputs = collectOutputs(streams, 'outputs');
    if (zeroTimeMs > constructTimeMs) await clock.setTo(zeroTimeMs);
    const expected = vector.expected as readonly unknown[][];
    try {
      await ssc.start();
      let shown = constructTimeMs;
      for (let i = 0; i < expected.length; i++) {
        const time = zeroTimeMs + (i + 1) * batchMs;
        show(shown, time);
        shown = time;
        await runBatches(ssc, clock, 1);
      }
    } finally {
      await ssc.stop();
    }
    await ssc.awaitTermination();
    checkSame(
      outputs.map((o) => o.time),
      expected.map((_, i) => zeroTimeMs + (i + 1) * batchMs),
      'batch times',
    );
    for (const [i, records] of expected.entries())
      checkBatch(comparable(outputs[i].records, records), records, `batch ${i}`, vector);
  } finally {
    rmSync(base, { recursive: true });
  }
}

function place(base: string, { path, modTimeMs, records, bytes }: InputFile): void {
  const file = join(base, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes === undefined ? (records ?? []).map((r) => `${r}\n`).join('') : Uint8Array.from(bytes));
  // Seconds with fractions lose a little on the way to the disk.
  const seconds = (modTimeMs + 0.3) / 1000;
  utimesSync(file, seconds, seconds);
}

/** Records of one byte may be written as numbers. */
function comparable(records: readonly unknown[], expected: readonly unknown[]): readonly unknown[] {
  if (!expected.some((r) => typeof r === 'number')) return records;
  return records.map((r) => (Array.isArray(r) && r.length === 1 ? r[0] : Number(r)));
}
