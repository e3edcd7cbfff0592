import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, OutputDiffers, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { loadStore } from '../floors/load-store.ts';

const JOB = new URL('../jobs/many-keys.job.ts', import.meta.url);
const KEYS = { full: 1_000_000, quick: 500_000 } as const;
/** Of the checkpoint that is loaded: one batch with all keys, then every other one changes a few of them. */
const BATCHES = 12;
const INTERVAL_MS = 100;
/** Keys that such a batch changes: batch b those from b * 1000 on. */
const TOUCHED = 1000;
const LOAD = 'store into a Map';

/** What a process needs after a restart before it is where it was. */
export const recoverySuite: Suite = {
  id: 'recovery',
  title: 'A restart with state of many keys',
  group: 'Recovery',
  about:
    'From the start of a job to the end of its first batch: its store is opened and checked, 1,000,000 string keys of mapWithState (500,000 with --quick) are loaded, a batch of 1,000 runs and is safe. Then, untimed, another one looks at the totals of all keys, which are compared. The floor opens the same store, reads and decodes it and puts the pairs into a Map.',
  collections: ['quick', 'full'],
  async run(context) {
    const keys = context.quick ? KEYS.quick : KEYS.full;
    const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    const ids: readonly EngineId[] = context.quick ? ['single'] : ['single', 'threads2'];
    const params = { keys };
    let nowMs = 0;
    /** A start, some batches, of which the last looks at all keys, and the end; the time until the first batch was over. */
    const once = async (id: EngineId, batches: number): Promise<number> => {
      const from = performance.now();
      const engine = await Engine.open<unknown, readonly [string, number], { keys: number }>({
        job: JOB,
        backend: backendOf(id),
        params,
        delivery: 'count',
        checkpoint: dir,
        nowMs,
      });
      let took = 0;
      for (let b = 1; b < batches; b++) {
        await engine.batch(null);
        nowMs += INTERVAL_MS;
        if (b === 1) took = performance.now() - from;
      }
      const found = await engine.collectBatch(null);
      nowMs += INTERVAL_MS;
      await engine.close();
      compare(TITLES[id], found, totalsAfter(nowMs / INTERVAL_MS, keys));
      return took;
    };
    const load = async (): Promise<number> => {
      const from = performance.now();
      const map = await loadStore(join(dir, 'store'));
      const took = performance.now() - from;
      compare(LOAD, [...map] as [string, number][], totalsAfter(nowMs / INTERVAL_MS, keys));
      return took;
    };
    try {
      await once('single', BATCHES);
      const restarts = ids.map((id) => ({ title: TITLES[id], run: () => once(id, 2) }));
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

/** The total of each user after so many batches, by a loop over them. */
function totalsAfter(batches: number, keys: number): Uint32Array {
  const totals = new Uint32Array(keys).fill(1);
  for (let batch = 2; batch < batches; batch += 2) {
    const from = (batch * TOUCHED) % keys;
    for (let user = from; user < from + TOUCHED; user++) totals[user]! += 1;
  }
  return totals;
}

/** @throws OutputDiffers naming a key */
function compare(title: string, found: readonly (readonly [user: string, total: number])[], totals: Uint32Array): void {
  if (found.length !== totals.length)
    throw new OutputDiffers(`${title} has totals of ${found.length} keys, and should have ${totals.length}`);
  const seen = new Uint8Array(totals.length);
  for (const [user, total] of found) {
    const n = Number(user.slice('user-'.length));
    if (total !== totals[n] || seen[n] === 1)
      throw new OutputDiffers(`${title} has ${total} for ${user} after the restart, and should have ${totals[n]} once`);
    seen[n] = 1;
  }
}
