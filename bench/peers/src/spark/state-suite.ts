import { batchTimeRows, type RatioDefinition, type Suite, seededRandom, speedRatio } from '@millrace/bench';
import { compete, IDS } from './contest.ts';
import { noSpark } from './jars.ts';
import { cyclic, type RawBatch } from './plan.ts';
import { SPARK_SILENT_MS } from './process.ts';
import { KEYED_TOTALS } from './tasks.ts';
import { inBlocks } from './text.ts';

const KNOWN = 1_000_000;
const TOUCHED = 10_000;
/**
 * Batches of a run: Spark's checkpoint of its state falls on one of ten. Before a contender's turn the others run for a quarter of
 * a minute, and its own first batches find nothing of its state in the processor's cache; a run begins with a quarter of its
 * batches that do not count.
 */
const RUN = 40;
/** Batches that fill the state. */
const FILLING = 20;
/** Different batches after these. */
const DRAWN = 40;
/** Before anything is timed, besides the filling. */
const WARM_UP = 30;

/** State of a million keys by Millrace and by Spark, side by side. */
export const sparkStateSuite: Suite = {
  id: 'peers-spark-state',
  title: 'mapWithState with checkpoints, 10,000 of 1,000,000 keys a batch, next to Spark',
  group: 'Peers',
  about: `${RUN} batches of 10,000 string keys out of 1,000,000, drawn evenly, one after the other; the new totals come to the driver. Both sides keep checkpoints, in memory: Spark writes all of its state in each tenth batch, as it does unless told otherwise, Millrace its changes in every batch.`,
  silentMs: SPARK_SILENT_MS,
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const drawn = (n: number) => FILLING + (n % DRAWN);
    const plan = {
      batches: keyBatches(),
      preload: [...cyclic(0, FILLING, FILLING), ...Array.from({ length: WARM_UP }, (_, i) => drawn(i))],
      run: (n: number) => Array.from({ length: RUN }, (_, i) => drawn(WARM_UP + n * RUN + i)),
    };
    const laps = await compete(KEYED_TOTALS, plan, context);
    return {
      rows: batchTimeRows(this.id, laps, RUN),
      ratios: { 'peers.mapWithState/spark-streaming': speedRatio(laps, IDS.threads2, IDS.spark2) },
    };
  },
};

/** What Millrace must reach next to it. */
export const sparkStateRatios: readonly RatioDefinition[] = [
  {
    id: 'peers.mapWithState/spark-streaming',
    title:
      'mapWithState with checkpoints, 10,000 of 1,000,000 keys: mean batch of Spark Streaming on local[2] over that of threads(2)',
    suite: sparkStateSuite.id,
    direction: 'at least',
    bound: 15,
  },
];

/** All keys once, then batches of some of them. */
function keyBatches(): RawBatch[] {
  const key = (i: number) => `user-${i}`;
  const each = KNOWN / FILLING;
  const random = seededRandom(3);
  return [
    ...Array.from({ length: FILLING }, (_, b) => inBlocks(Array.from({ length: each }, (_, i) => key(b * each + i)))),
    ...Array.from({ length: DRAWN }, () =>
      inBlocks(Array.from({ length: TOUCHED }, () => key(Math.floor(random() * KNOWN)))),
    ),
  ];
}
