import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, estimate, OutputDiffers, pairRatios, type Row, type Suite } from '@millrace/bench';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { loadStore } from '../floors/load-store.ts';

const JOB = new URL('../jobs/many-keys.job.ts', import.meta.url);
/** Of the checkpoint that is loaded: one batch with all keys, then some that touch a few of them. */
const BATCHES = 6;

/** What a process needs after a restart before it is where it was. */
export const recoverySuite: Suite = {
  id: 'recovery',
  title: 'A restart with 1,000,000 keys',
  group: 'Recovery',
  about:
    'From the start of a job to the end of its first batch: its store is opened and checked, 1,000,000 string keys of mapWithState are loaded, a batch of 1,000 runs and is safe. The floor opens the same store, reads and decodes it and puts the pairs into a Map.',
  collections: ['quick', 'full'],
  async run(context) {
    const keys = 1_000_000;
    const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    const ids: readonly EngineId[] = context.quick ? ['single'] : ['single', 'threads2'];
    const params = { keys };
    let nowMs = 0;
    /** A start, some batches, and the end; the time until the first batch was over. */
    const once = async (id: EngineId, batches: number): Promise<number> => {
      const from = performance.now();
      const engine = await Engine.open({
        job: JOB,
        backend: backendOf(id),
        params,
        delivery: 'count',
        checkpoint: dir,
        nowMs,
      });
      let took = 0;
      for (let b = 0; b < batches; b++) {
        await engine.batch(null);
        nowMs += 100;
        if (b === 0) took = performance.now() - from;
      }
      await engine.close();
      return took;
    };
    const times = [...ids, 'loop'].map(() => [] as number[]);
    try {
      await once('single', BATCHES);
      for (let round = 0; round <= context.runs; round++) {
        for (const [i, id] of ids.entries()) {
          context.progress((round + i / (ids.length + 1)) / (context.runs + 1), TITLES[id]);
          globalThis.gc?.();
          const took = await once(id, 1);
          if (round > 0) times[i]!.push(took);
        }
        globalThis.gc?.();
        const from = performance.now();
        const map = await loadStore(join(dir, 'store'));
        if (round > 0) times.at(-1)!.push(performance.now() - from);
        if (map.size !== keys) throw new OutputDiffers(`the store has ${map.size} keys, and should have ${keys}`);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    const row = (contender: string, values: readonly number[]): Row => ({
      suite: this.id,
      contender,
      metric: 'time',
      unit: 'ms',
      better: 'lower',
      ...estimate(values),
    });
    const loop = times.at(-1)!;
    return {
      rows: [row('store into a Map', loop), ...ids.map((id, i) => row(TITLES[id], times[i]!))],
      ratios: { 'recovery.load': estimate(pairRatios(times[0]!, loop)) },
    };
  },
};
