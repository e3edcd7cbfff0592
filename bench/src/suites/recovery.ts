import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, OutputDiffers, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { loadStore } from '../floors/load-store.ts';

const JOB = new URL('../jobs/many-keys.job.ts', import.meta.url);
/** Of the checkpoint that is loaded: one batch with all keys, then some that touch a few of them. */
const BATCHES = 6;
const LOAD = 'store into a Map';

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
    const load = async (): Promise<number> => {
      const from = performance.now();
      const map = await loadStore(join(dir, 'store'));
      const took = performance.now() - from;
      if (map.size !== keys) throw new OutputDiffers(`the store has ${map.size} keys, and should have ${keys}`);
      return took;
    };
    try {
      await once('single', BATCHES);
      const restarts = ids.map((id) => ({ title: TITLES[id], run: () => once(id, 1) }));
      const turns = await takeTurns([{ title: LOAD, run: load }, ...restarts], context);
      return {
        rows: turnRows(turns, { suite: this.id, metric: 'time', unit: 'ms', better: 'lower' }),
        ratios: { 'recovery.load': turnRatio(turns, TITLES.single, LOAD) },
      };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
