import {
  batchTimeRows,
  engineContenders,
  loopContender,
  race,
  type Suite,
  speedRatio,
  throughputRows,
} from '@millrace/bench';
import { linesBlock } from '@millrace/core';
import { backends } from '../contenders.ts';
import { mobyDickLines, wordBatches } from '../data/moby-dick.ts';
import { slidingCount } from '../floors/text.ts';

const JOB = new URL('../jobs/sliding-count.job.ts', import.meta.url);
/** Length of the windows in batches: of words, and where a million keys are known. */
const WINDOW = 10;
const SHORT_WINDOW = 2;
const BATCH = 10_000;

/** Sliding word count with inverse. */
const slidingWords: Suite = {
  id: 'window',
  title: 'Sliding word count with inverse, 10 batches of 10,000',
  group: 'Engine costs',
  about:
    '320,000 words of Moby Dick in memory, 32 batches; after each all words of the last 10 with their counts are delivered.',
  collections: ['quick', 'full'],
  async run(context) {
    const lines = mobyDickLines();
    const count = 32;
    const loop = () => {
      const counts = slidingCount(WINDOW, true);
      return (words: readonly string[]) => {
        counts.slide(words);
        return counts.all();
      };
    };
    const batches = (run: number) => wordBatches(lines, run * count * BATCH, count, BATCH);
    const engines = backends(context.quick ? ['single'] : undefined);
    const contenders = [
      loopContender({ loop, batches }),
      ...engineContenders({ job: JOB, params: { batches: WINDOW, forget: true }, batches }, engines),
    ];
    const laps = await race(contenders, context);
    const rows = throughputRows(this.id, laps, count * BATCH, 'words/s');
    return { rows, ratios: { 'window.single/loop': speedRatio(laps, 'single', 'loop') } };
  },
};

/** The same while very many keys are known: Spark's window without filter keeps them, and every batch emits them. */
const manyKeys: Suite = {
  id: 'window-million',
  title: 'Incremental window with 1,000,000 known keys',
  group: 'Engine costs',
  about:
    'A batch of 10,000 records in a window of 2 batches that knows 1,000,000 keys. The engine emits all of them each time; their number is delivered.',
  async run(context) {
    const known = 1_000_000;
    const keys = (from: number, n: number) => Array.from({ length: n }, (_, i) => `word${(from + i) % known}`);
    const preload = [keys(0, known), ...Array.from({ length: SHORT_WINDOW }, (_, b) => keys(b * BATCH, BATCH))];
    const blocks = preload.map((words) => ({ blocks: [linesBlock(words.join('\n'))] }));
    let counts = slidingCount(SHORT_WINDOW, false);
    const loop = () => {
      counts = slidingCount(SHORT_WINDOW, false);
      return (words: readonly string[]) => {
        counts.slide(words);
        return [counts.size()];
      };
    };
    const batches = (run: number) => [keys(run * 7 * BATCH, BATCH)];
    const checkBatch = () => keys(5, BATCH);
    const contenders = [
      loopContender({ loop, preload: () => preload, batches, checkBatch, all: () => counts.all() }),
      ...engineContenders(
        {
          job: JOB,
          params: { batches: SHORT_WINDOW, forget: false },
          delivery: 'count',
          preload: () => blocks,
          batches,
          checkBatch,
        },
        backends(),
      ),
    ];
    const laps = await race(contenders, context, { bigHeap: true });
    return { rows: batchTimeRows(this.id, laps, 1), ratios: {} };
  },
};

/** Incremental windows. */
export const windowSuites: readonly Suite[] = [slidingWords, manyKeys];
