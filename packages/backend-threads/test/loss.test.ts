import { fileURLToPath } from 'node:url';
import {
  type CheckpointStore,
  type ExecutionBackend,
  isMillraceError,
  loadJob,
  MillraceError,
  memoryStore,
} from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type perishable from './jobs/perishable.ts';
import type { PerishableParams } from './jobs/perishable.ts';

const JOB = new URL('./jobs/perishable.ts', import.meta.url);
let backend: ExecutionBackend | null = null;

afterEach(async () => {
  await backend?.stop();
});

/** Runs three batches of a job that perishes; what came out, and the first error. */
async function run(
  params: Partial<PerishableParams>,
  options: {
    maxTaskFailures?: number;
    resourceLimits?: { maxOldGenerationSizeMb: number };
    checkpoint?: CheckpointStore;
  } = {},
) {
  const clock = new ManualClock();
  backend = threads({ workers: 2, resourceLimits: options.resourceLimits });
  const { ssc, streams } = await loadJob<typeof perishable>(JOB, {
    backend,
    clock,
    maxTaskFailures: options.maxTaskFailures,
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    warn: () => {},
    params: {
      counters: new SharedArrayBuffer(4),
      how: 'none',
      at: 5,
      times: 1,
      batches: [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      stateful: false,
      ...params,
    },
  });
  const out: [number, number][][] = [];
  streams.out.foreachRDD(
    async (rdd) => {
      out.push((await rdd.collect()).sort((a, b) => a[0] - b[0]));
    },
    { name: 'out' },
  );
  await ssc.start();
  for (let i = 0; i < 3; i++) {
    await clock.advance(1000);
    await ssc.awaitIdle();
  }
  const failure = await ssc.awaitTerminationOrTimeout(0).then(
    () => null,
    (e: unknown) => e,
  );
  await ssc.stop({ stopBackend: false });
  return { out, failure, seen: streams.seen.value };
}

const WINDOWS = [
  [
    [0, 3],
    [1, 1],
    [2, 2],
  ],
  [
    [0, 9],
    [1, 5],
    [2, 7],
  ],
  [
    [0, 15],
    [1, 11],
    [2, 13],
  ],
];
const SUMS = [
  [
    [0, 3],
    [1, 1],
    [2, 2],
  ],
  [
    [0, 9],
    [1, 5],
    [2, 7],
  ],
  [
    [0, 18],
    [1, 12],
    [2, 15],
  ],
];

describe('a lost worker', () => {
  it('is replaced, its tasks run again, and windows are computed anew from their input', async () => {
    const { out, failure, seen } = await run({ how: 'exit' });
    expect(failure).toBeNull();
    expect(out).toEqual(WINDOWS);
    expect(seen).toBe(9);
  });

  it('that runs out of memory is replaced, too', async () => {
    const { out, failure } = await run({ how: 'memory' }, { resourceLimits: { maxOldGenerationSizeMb: 64 } });
    expect(failure).toBeNull();
    expect(out).toEqual(WINDOWS);
  });

  it('is given up after four times', async () => {
    const { failure } = await run({ how: 'exit', times: 100 });
    expect(isMillraceError(failure, 'MR_WORKER_LOST')).toBe(true);
    expect((failure as Error).message).toContain('4');
  });

  it('that held state ends the job with MR_STATE_LOST', async () => {
    const { out, failure } = await run({ how: 'exit', stateful: true });
    expect(out).toEqual(SUMS.slice(0, 1));
    expect((failure as MillraceError).code).toBe('MR_STATE_LOST');
  });

  it.each([false, true])(
    'that held state gets it back from the checkpoint, however often and wherever it dies; stored: %s',
    async (stored) => {
      for (const at of [1, 4, 5, 6, 9]) {
        for (const times of [1, 3]) {
          const { out, failure } = await run(
            { how: 'exit', stateful: true, stored, at, times },
            { checkpoint: memoryStore() },
          );
          await backend?.stop();
          expect({ out, failure }).toEqual({ out: SUMS, failure: null });
        }
      }
    },
  );
});

describe('a task that throws', () => {
  it("fails its batch with the operator, the batch, the partition and the user's stack", async () => {
    const { out, failure } = await run({ how: 'throw' });
    expect(failure).toBeInstanceOf(MillraceError);
    const { code, message, details, cause } = failure as MillraceError;
    expect(code).toBe('MR_TASK_FAILED');
    expect(details).toMatchObject({ operator: 'map-1', batchTime: 2000, partition: 1 });
    expect(message).toContain('this record is bad');
    expect((cause as Error).name).toBe('RangeError');
    expect((cause as Error).stack).toContain(fileURLToPath(JOB));
    // Later batches go on; the window computes the failed batch anew, and this time its record is good.
    expect(out).toEqual([WINDOWS[0], WINDOWS[2]]);
  });

  it('runs again when it may, and counts once in accumulators and in state', async () => {
    const { out, failure, seen } = await run({ how: 'throw', stateful: true }, { maxTaskFailures: 2 });
    expect(failure).toBeNull();
    expect(out).toEqual(SUMS);
    expect(seen).toBe(9);
  });
});
