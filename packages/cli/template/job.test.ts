import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { single } from '@millrace/backend-single';
import { loadJob } from '@millrace/core';
import { collectOutputs, ManualClock, runBatches, testOperation } from '@millrace/core/testing';
import type job from './job.ts';
import { countWords } from './job.ts';

test('words are counted batch by batch, the most frequent first', async () => {
  await testOperation([['To be, or not', 'to be'], ['be quick'], []], countWords, [
    [
      ['to', 2],
      ['be', 2],
      ['or', 1],
      ['not', 1],
    ],
    [
      ['be', 1],
      ['quick', 1],
    ],
    [],
  ]);
});

test('the job reads its file to the end', async () => {
  // The clock stands still until it is moved, so nothing waits and the result is the same every time.
  const clock = new ManualClock();
  const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
    backend: single({ verify: true }),
    params: { linesPerBatch: 5 },
    clock,
  });
  const batches = collectOutputs(streams.counts, 'collected');
  await ssc.start();
  await runBatches(ssc, clock, 3);
  await ssc.stop();
  deepStrictEqual(
    batches.map(({ time, records }) => [time, records[0]]),
    [
      [1000, ['the', 12]],
      [2000, ['the', 8]],
      [3000, undefined],
    ],
  );
});
