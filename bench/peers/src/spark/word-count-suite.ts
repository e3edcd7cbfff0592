import { type RatioDefinition, type Suite, speedRatio, throughputRows } from '@millrace/bench';
import { sparkContender } from './contender.ts';
import { compete, IDS } from './contest.ts';
import { noSpark } from './jars.ts';
import { cyclic } from './plan.ts';
import { SPARK_SILENT_MS } from './process.ts';
import { WORD_COUNT } from './tasks.ts';
import { textBatches } from './text.ts';

/** Batches of a run; there are no others. */
const BATCHES = 5;
/** Before anything is timed: the first ones of Spark take many times as long as later ones. */
const WARM_UP = 15;

/** Word count by Millrace and by Spark, side by side. */
export const sparkWordCountSuite: Suite = {
  id: 'peers-spark-wordcount',
  title: 'Word count, next to Spark',
  group: 'Peers',
  about: `Lines of 100 bytes, words of Zipf 1 over 50,000; ${BATCHES} batches of 100,000 lines (20,000 with --quick), one after the other; all words of a batch with their counts come to the driver. Spark has its lines as strings in memory; Millrace and the loop have bytes, which they decode. Spark's program is in Java.`,
  silentMs: SPARK_SILENT_MS,
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const lines = context.quick ? 20_000 : 100_000;
    const run = cyclic(0, BATCHES, BATCHES);
    const plan = {
      batches: textBatches(BATCHES, lines),
      preload: cyclic(0, WARM_UP, BATCHES),
      run: () => run,
    };
    const structured = { main: 'StructuredWordCount', cores: 2, checkpoint: false };
    const laps = await compete(WORD_COUNT, plan, context, {
      others: (input) => [
        sparkContender({
          ...structured,
          ...input,
          id: 'structured-streaming-2',
          title: 'Structured Streaming local[2]',
        }),
      ],
    });
    return {
      rows: throughputRows(this.id, laps, BATCHES * lines, 'lines/s'),
      ratios: {
        'peers.wordcount/spark-streaming': speedRatio(laps, IDS.single, IDS.spark1),
        'peers.wordcount/spark-streaming2': speedRatio(laps, IDS.threads2, IDS.spark2),
      },
    };
  },
};

/** What Millrace must reach next to it. */
export const sparkWordCountRatios: readonly RatioDefinition[] = [
  {
    id: 'peers.wordcount/spark-streaming',
    title: 'Word count: speed of Millrace on single over Spark Streaming on local[1]',
    suite: sparkWordCountSuite.id,
    direction: 'at least',
    bound: 1.2,
  },
  {
    id: 'peers.wordcount/spark-streaming2',
    title: 'Word count: speed of Millrace on threads(2) over Spark Streaming on local[2]',
    suite: sparkWordCountSuite.id,
    direction: 'at least',
    bound: 1.3,
  },
];
