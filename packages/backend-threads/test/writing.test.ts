import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { threads } from '../src/index.ts';
import type writing from './jobs/writing.ts';

const JOB = new URL('./jobs/writing.ts', import.meta.url);

async function run(deaths: number) {
  const counters = new SharedArrayBuffer(12);
  const clock = new ManualClock();
  const backend = threads({ workers: 2 });
  try {
    const { ssc, streams } = await loadJob<typeof writing>(JOB, {
      backend,
      clock,
      warn: () => {},
      params: { counters, deaths },
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    await ssc.stop({ stopBackend: false });
    const failure = await ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e as Error & { code: string },
    );
    const [, opened, closed] = new Int32Array(counters);
    return { told: streams.told, failure, opened, closed };
  } finally {
    await backend.stop();
  }
}

test('a worker that dies while it writes is replaced, and the partition is written again under the same name', async () => {
  const { told, failure, opened, closed } = await run(1);
  expect(failure).toBeNull();
  expect(told).toEqual(['prepare 1000', 'commit 1000 0,1; 1,2', 'prepare 2000', 'commit 2000 0,3; 1,4']);
  // The dead worker took its client with it; its replacement opened another.
  expect([opened, closed]).toEqual([3, 2]);
});

test('a batch that cannot be written is aborted, and the job goes on', async () => {
  const { told, failure } = await run(4);
  expect(failure?.code).toBe('MR_WORKER_LOST');
  expect(told).toEqual(['prepare 1000', 'abort 1000 MR_WORKER_LOST', 'prepare 2000', 'commit 2000 0,3; 1,4']);
});
