import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contender, Engine, race, type Suite, speedRatio, throughputRows } from '@millrace/bench';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { mobyDickFile } from '../data/text-file.ts';

const JOB = new URL('../jobs/running-words.job.ts', import.meta.url);
const RANGE_BYTES = { full: 2 ** 21, quick: 2 ** 20 } as const;
const PARTITIONS = 2;

/** What it costs that batches, their inputs and their state are safe on disk. */
export const checkpointSuite: Suite = {
  id: 'checkpoint',
  title: 'Word count with state, with and without a checkpoint',
  group: 'Recovery',
  about:
    'Moby Dick repeated in a file; a batch has two ranges of 2 MiB (1 MiB with --quick) and touches some 20,000 words of mapWithState. Batches one after the other; with a checkpoint each is synced to disk twice, when it is planned and when it completes.',
  collections: ['quick', 'full'],
  async run(context) {
    const batches = context.quick ? 1 : 4;
    const bytesPerRange = context.quick ? RANGE_BYTES.quick : RANGE_BYTES.full;
    using file = mobyDickFile(batches, PARTITIONS * bytesPerRange);
    const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    const params = { path: file.path, bytesPerRange, numPartitions: PARTITIONS };
    const contender = (id: EngineId, isOn: boolean): Contender => ({
      id: isOn ? `${id}+checkpoint` : id,
      title: isOn ? `${TITLES[id]}, checkpoint on` : TITLES[id],
      async open() {
        const checkpoint = isOn ? { checkpoint: join(dir, id) } : {};
        const engine = await Engine.open({ job: JOB, backend: backendOf(id), params, ...checkpoint });
        return {
          leadIn: async () => void (await engine.batch(null)),
          run: async (sink) => {
            for (let b = 0; b < batches; b++) sink((await engine.batch(null)) as readonly unknown[]);
          },
          close: () => engine.close(),
        };
      },
    });
    const ids: readonly EngineId[] = context.quick ? ['single'] : ['single', 'threads2'];
    try {
      const laps = await race(
        ids.flatMap((id) => [contender(id, false), contender(id, true)]),
        context,
      );
      return {
        rows: throughputRows(this.id, laps, file.records),
        ratios: { 'checkpoint.overhead': speedRatio(laps, 'single+checkpoint', 'single') },
      };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
