import { setTimeout as pause } from 'node:timers/promises';
import { type BatchInfo, type ContextOptions, type ExecutionBackend, loadJob } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type stuck from './jobs/stuck.ts';
import type { StuckParams } from './jobs/stuck.ts';

const JOB = new URL('./jobs/stuck.ts', import.meta.url);

/** Real time that the other tasks of a batch have to end and to be heard of before a stuck one's time moves on, in ms. */
const OTHERS_END = 20;
/** Long enough that a machine with other work starts a worker before the next batch is due, at a step of time for each ms. */
export const INTERVAL_MS = 1_000_000;
/** How far time moves at once, in ms. */
const STEP = 10;

/** Runs batches of a job whose tasks get stuck; time stands still until one has, and moves on until the batch is done. */
export async function runStuck(
  backend: ExecutionBackend,
  params: Partial<StuckParams> & Pick<StuckParams, 'batches'>,
  options: ContextOptions,
) {
  const clock = new ManualClock();
  const counters = new SharedArrayBuffer(4 * 512);
  const stuckSoFar = new Int32Array(counters);
  const { ssc, streams } = await loadJob<typeof stuck>(JOB, {
    warn: () => {},
    ...options,
    backend,
    clock,
    params: { counters, how: 'loop', times: 1, stateful: false, ...params },
  });
  const out: [number, number][][] = [];
  streams.out.foreachRDD(
    async (rdd) => {
      out.push(await rdd.collect());
    },
    { name: 'out' },
  );
  const infos: BatchInfo[] = [];
  const pending: number[] = [];
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo }) {
      infos.push(batchInfo);
      pending.push(clock.pending);
    },
  });
  await ssc.start();
  for (let i = 1; i <= params.batches.length; i++) {
    const before = Atomics.load(stuckSoFar, 0);
    await clock.setTo(i * INTERVAL_MS);
    let idle = false;
    const end = ssc.awaitIdle().then(() => {
      idle = true;
    });
    while (!idle && Atomics.load(stuckSoFar, 0) === before) await clock.breathe();
    if (!idle) await pause(OTHERS_END);
    while (!idle) {
      await clock.advance(STEP);
      await pause(1);
      if (clock.now() > (i + 1) * INTERVAL_MS - 2 * STEP) throw new Error(`batch ${i} is still stuck`);
    }
    await end;
  }
  const failure = await ssc.awaitTerminationOrTimeout(0).then(
    () => null,
    (e: unknown) => e,
  );
  const holdings = ssc.run?.planner.holdings();
  await ssc.stop({ stopBackend: false });
  return { out, failure, seen: streams.seen.value, infos, holdings, pending };
}
