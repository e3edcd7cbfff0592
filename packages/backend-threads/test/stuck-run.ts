import { type BatchInfo, type ContextOptions, type ExecutionBackend, loadJob } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type stuck from './jobs/stuck.ts';
import type { StuckParams } from './jobs/stuck.ts';

const JOB = new URL('./jobs/stuck.ts', import.meta.url);

/**
 * Runs batches of a job whose tasks get stuck.
 * @param moves how far time goes on, in ms, each time that a task has got stuck; `on`: it goes on from there
 */
export async function runStuck(
  backend: ExecutionBackend,
  params: Partial<StuckParams> & Pick<StuckParams, 'batches'>,
  options: ContextOptions,
  moves: number | 'on',
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
  let known = 0;
  for (let i = 1; i <= params.batches.length; i++) {
    await clock.setTo(i * 10_000);
    let idle = false;
    const end = ssc.awaitIdle().then(() => {
      idle = true;
    });
    while (!idle) {
      for (let turn = 0; turn < 20; turn++) await clock.breathe();
      if (moves === 'on' && Atomics.load(stuckSoFar, 0) > 0 && clock.now() < i * 10_000 + 9000) await clock.advance(10);
      if (moves === 'on') continue;
      const now = Atomics.load(stuckSoFar, 0);
      if (now === known) continue;
      known = now;
      await clock.advance(moves);
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
