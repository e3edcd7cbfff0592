import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckpointStore, type ExecutionBackend, loadJob, memoryStore } from '@millrace/core';
import { inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type versions from './jobs/versions.ts';

const JOB = new URL('./jobs/versions.ts', import.meta.url);
let backend: ExecutionBackend | null = null;

afterEach(async () => {
  await backend?.stop();
});

const BATCH = [...'abcdefgh'].map((letter, i): [string, number] => [letter, i]);

/** Two batches of the job from a time on; its state before and after them, in order. */
async function run(on: ExecutionBackend, store: CheckpointStore | string, fromMs: number, second: boolean) {
  backend = on;
  const clock = new ManualClock(fromMs);
  const { ssc, streams } = await loadJob<typeof versions>(JOB, {
    backend,
    clock,
    warn: () => {},
    checkpoint: store,
    params: { batches: [BATCH, BATCH, BATCH.slice(0, 2), BATCH], second },
  });
  streams.totals.foreachRDD(() => {}, { name: 'out' });
  await ssc.start();
  const state = ssc.state<string, unknown>(second ? 'sums' : 'totals');
  const before = [...(await state.entries())];
  await runBatches(ssc, clock, 2);
  const after = [...(await state.entries())];
  await ssc.stop();
  return { before, after };
}

it('state that is migrated lies with the workers that own its keys, in the order that it has on every backend', async () => {
  const reference = memoryStore();
  await run(inlineBackend(), reference, 0, false);
  const expected = await run(inlineBackend(), reference, 2000, true);
  const store = mkdtempSync(join(tmpdir(), 'millrace-migrate-'));
  await run(threads({ workers: 2 }), store, 0, false);
  const actual = await run(threads({ workers: 2 }), store, 2000, true);
  rmSync(store, { recursive: true, force: true });
  expect(actual).toEqual(expected);
  expect(Object.fromEntries(actual.before)).toEqual(Object.fromEntries(BATCH.map(([key, n]) => [key, { sum: 2 * n }])));
  const after = BATCH.map(([key, n], i) => [key, { sum: (i < 2 ? 4 : 3) * n }]);
  expect(Object.fromEntries(actual.after)).toEqual(Object.fromEntries(after));
});
