import { batchTimeRows, type RatioDefinition, type Suite, speedRatio, throughputRows } from '@millrace/bench';
import { compete, IDS } from './contest.ts';
import { noSpark } from './jars.ts';
import { cyclic } from './plan.ts';
import { SPARK_SILENT_MS } from './process.ts';
import { TOP, TOP_WORDS } from './tasks.ts';
import { textBatches } from './text.ts';

/** Batches of a run: checkpoints of Spark's window fall on one of ten. */
const RUN = 10;
/** Different batches: more than a window has, so that what leaves is not what enters. */
const BATCHES = 15;
/** Before anything is timed. */
const WARM_UP = 20;

/** The most frequent words of a sliding window by Millrace and by Spark, side by side. */
export const sparkTopWordsSuite: Suite = {
  id: 'peers-spark-topk',
  title: `Top ${TOP.k} words of a sliding window, next to Spark`,
  group: 'Peers',
  about: `Lines of 100 bytes, words of Zipf 1 over 50,000; ${RUN} batches of 50,000 lines (10,000 with --quick), one after the other; after each the ${TOP.k} most frequent words of the last ${TOP.window} batches come to the driver. The windows take away what leaves, on both sides. Spark refuses such a window without checkpoints, so both sides keep them, in memory; Spark writes the window in each tenth batch, Millrace its changes in every batch.`,
  silentMs: SPARK_SILENT_MS,
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const lines = context.quick ? 10_000 : 50_000;
    const plan = {
      batches: textBatches(BATCHES, lines),
      preload: cyclic(0, WARM_UP, BATCHES),
      run: (n: number) => cyclic(WARM_UP + n * RUN, WARM_UP + (n + 1) * RUN, BATCHES),
    };
    const laps = await compete(TOP_WORDS, plan, context);
    return {
      rows: [...throughputRows(this.id, laps, RUN * lines, 'lines/s'), ...batchTimeRows(this.id, laps, RUN)],
      ratios: { 'peers.topk-window/spark-streaming': speedRatio(laps, IDS.single, IDS.spark1) },
    };
  },
};

/** What Millrace must reach next to it. */
export const sparkTopWordsRatios: readonly RatioDefinition[] = [
  {
    id: 'peers.topk-window/spark-streaming',
    title: `Top ${TOP.k} words of a sliding window: speed of Millrace on single over Spark Streaming on local[1]`,
    suite: sparkTopWordsSuite.id,
    direction: 'at least',
    bound: 1.6,
  },
];
