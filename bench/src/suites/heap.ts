import { Engine, estimate, pairRatios, type Suite } from '@millrace/bench';
import { backendOf } from '../contenders.ts';

const JOB = new URL('../jobs/everything.job.ts', import.meta.url);

/** Bytes of live heap objects. */
function liveBytes(): number {
  // The second collection takes what the first one's finalizers let go of.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Whether memory grows with time. */
export const heapSuite: Suite = {
  id: 'heap',
  title: 'Heap after 1,000 and after 10,000 batches',
  group: 'Engine costs',
  about:
    'A job with an incremental window, mapWithState, a join and a broadcast over batches of 20 records; each run is a new job on single. Heap used after a forced collection.',
  collections: ['quick', 'full'],
  async run(context) {
    const early: number[] = [];
    const late: number[] = [];
    const records = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    for (let run = 0; run < context.runs; run++) {
      const engine = await Engine.open<string, unknown, undefined>({ job: JOB, backend: backendOf('single') });
      for (let batch = 1; batch <= 10_000; batch++) {
        await engine.batch(records);
        if (batch === 1_000) early.push(liveBytes());
        if (batch % 1_000 === 0)
          context.progress((run + batch / 10_000) / context.runs, `run ${run + 1}: ${batch} batches`);
      }
      late.push(liveBytes());
      await engine.close();
    }
    const row = { suite: this.id, metric: 'heap used', unit: 'MB', better: 'lower' } as const;
    return {
      rows: [
        { ...row, contender: 'after 1,000 batches', ...estimate(early.map((b) => b / 1e6)) },
        { ...row, contender: 'after 10,000 batches', ...estimate(late.map((b) => b / 1e6)) },
      ],
      ratios: { 'heap.10000/1000': estimate(pairRatios(late, early)) },
    };
  },
};
