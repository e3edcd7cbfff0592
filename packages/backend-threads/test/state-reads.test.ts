import { setTimeout } from 'node:timers/promises';
import { type CheckpointStore, type ExecutionBackend, loadJob, memoryStore } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import type mortal from './jobs/mortal.ts';

const JOB = new URL('./jobs/mortal.ts', import.meta.url);
let backend: ExecutionBackend | null = null;

afterEach(async () => {
  await backend?.stop();
});

const LETTERS = [...'abcdefgh'];
const BATCH = LETTERS.map((letter, i): [string, number] => [letter, i]);

/** A job that has run a batch, one of whose workers then died. */
async function afterDeath(checkpoint: CheckpointStore | null) {
  const clock = new ManualClock();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  backend = threads({ workers: 2 });
  const { ssc } = await loadJob<typeof mortal>(JOB, {
    backend,
    clock,
    warn: () => {},
    params: { flag: flag.buffer, batches: [BATCH, BATCH] },
    ...(checkpoint === null ? {} : { checkpoint }),
  });
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await runBatches(ssc, clock, 1);
  const state = ssc.state<string, number>('totals');
  const before = await state.entries();
  expect(Object.fromEntries(before)).toEqual(Object.fromEntries(BATCH));
  Atomics.store(flag, 0, 1);
  while (Atomics.load(flag, 0) !== 2) await setTimeout(1);
  return { ssc, clock, state, before };
}

it('state that died with its worker is read from the checkpoint, and the job goes on', async () => {
  const { ssc, clock, state, before } = await afterDeath(memoryStore());
  const reads = [state.entries(), state.entries({ limit: 2 }), ...LETTERS.map((letter) => state.get(letter))];
  const [all, two, ...values] = await Promise.all(reads);
  expect([...(all as typeof before)]).toEqual([...before]);
  expect([...(two as typeof before)]).toEqual(before.slice(0, 2));
  expect(values).toEqual(BATCH.map(([, n]) => n));
  // Reads all the while: none may get in the way of the batch, or see half of it.
  let done = false;
  let seen = 0;
  const reading = (async () => {
    while (!done) {
      const entries = await state.entries();
      const times = (entries.batchTime?.milliseconds ?? 0) / 1000;
      expect(Object.fromEntries(entries)).toEqual(Object.fromEntries(BATCH.map(([letter, n]) => [letter, times * n])));
      seen += 1;
    }
  })();
  await runBatches(ssc, clock, 1);
  done = true;
  await reading;
  expect(seen).toBeGreaterThan(0);
  expect(await state.get('c')).toBe(4);
  await ssc.stop({ stopBackend: false });
});

it('without a checkpoint it is lost, and a read says so', async () => {
  const { ssc, state } = await afterDeath(null);
  await expect(state.entries()).rejects.toMatchObject({ code: 'MR_STATE_LOST', details: { slot: 1 } });
  // What another worker holds is there.
  const results = await Promise.allSettled(LETTERS.map((letter) => state.get(letter)));
  expect(new Set(results.map((r) => r.status))).toEqual(new Set(['fulfilled', 'rejected']));
  await ssc.stop({ stopBackend: false });
});
