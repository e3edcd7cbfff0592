import { Drift, estimate, FloorOutput, pairRatios, type RatioDefinition, type Row, type Suite } from '@millrace/bench';
import { noSpark } from '../spark/jars.ts';
import { SPARK_SILENT_MS } from '../spark/process.ts';
import { limitOf, type Opponent, type SmallBatchesRun } from './engines.ts';
import { millrace } from './millrace.ts';
import { type IntervalSearch, smallestInterval } from './smallest-interval.ts';
import { startSpark } from './spark.ts';
import { LEAST_BATCHES, sustains } from './timed-batch.ts';

/** Uncounted, so that both have compiled their code: a JVM takes its time for that. */
const WARM: SmallBatchesRun = {
  intervalMs: 60,
  giveUpMs: 30_000,
  limitMs: limitOf(30_000, 30_000),
  warmUp: 0,
  batches: 500,
  words: words(),
};
/** An interval is tried for so long, if that is more than the least number of batches. */
const TRY_MS = 3000;
const WARM_UP_MS = 1500;
const GIVE_UP_MS = 2000;
const WARM_UP_BATCHES = 15;
/** Searches of each where the suite is quick. */
const QUICK_SEARCHES = 3;

/** Both count in whole ms: there is no smaller interval than 1. */
const LEAST_MS = 1;
const MOST_MS = 500;
/** Where searches begin: about where they ended before. */
const FROM_MS = { millrace: 1, spark: 24 };

function words(): string[] {
  return Array.from({ length: 100 }, (_, i) => `word${i % 10}`);
}

/** What a batch of the words must deliver. */
function reference(): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const word of WARM.words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

/** Whether an engine sustains an interval. @throws OutputDiffers where it counts wrong */
async function holds({ title, smallBatches }: Opponent, intervalMs: number, floor: FloorOutput): Promise<boolean> {
  const warmUp = Math.max(WARM_UP_BATCHES, Math.ceil(WARM_UP_MS / intervalMs));
  const batches = Math.max(LEAST_BATCHES, Math.ceil(TRY_MS / intervalMs));
  const found = await smallBatches({
    intervalMs,
    giveUpMs: GIVE_UP_MS,
    limitMs: limitOf((warmUp + batches) * intervalMs, GIVE_UP_MS),
    warmUp,
    batches,
    words: WARM.words,
  });
  // Where not one batch came to its end there is nothing to compare.
  if (found.output.length > 0 || found.batches.length > 0) floor.compare(title, [found.output]);
  return found.batches.length === batches && sustains(found.batches, intervalMs);
}

/** How short the interval of a job may be. */
export const smallestBatchSuite: Suite = {
  id: 'peers-spark-smallest-batch',
  title: 'The smallest batch interval, next to Spark Streaming',
  group: 'Peers',
  about:
    `100 words a batch, counted in two stages of two tasks each, and brought to the driver. An interval is sustained if over at least ${LEAST_BATCHES} batches and ` +
    `${TRY_MS / 1000} s the delay before batches begin does not grow, and 95 of 100 are processed in less than the interval. Found by search in whole milliseconds, which is how both count: ` +
    `there is no interval below ${LEAST_MS} ms. What Spark has no use for is off: its page, its log, the compression of shuffles.`,
  silentMs: SPARK_SILENT_MS,
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const spark = startSpark({ receiver: false });
    const contenders = [
      { opponent: millrace, search: { from: FROM_MS.millrace }, found: [] as number[] },
      { opponent: spark, search: { from: FROM_MS.spark }, found: [] as number[] },
    ] as const;
    const searches = context.quick ? QUICK_SEARCHES : context.runs;
    const floor = new FloorOutput([reference()]);
    const drift = new Drift();
    try {
      for (const { opponent } of contenders) {
        context.progress(0, `${opponent.title}: warming up`);
        floor.compare(opponent.title, [(await opponent.smallBatches(WARM)).output]);
      }
      for (let round = 0; round < searches; round++) {
        for (let i = 0; i < contenders.length; i++) {
          const { opponent, search, found } = contenders[(i + round) % contenders.length]!;
          const done = (round + i / contenders.length) / searches;
          const holdsAt = (intervalMs: number) => {
            context.progress(done, `${opponent.title}: search ${round + 1} of ${searches}, ${intervalMs} ms`);
            globalThis.gc?.();
            drift.measure(opponent.title);
            return holds(opponent, intervalMs, floor);
          };
          const options: IntervalSearch = { least: LEAST_MS, most: MOST_MS, from: found.at(-1) ?? search.from };
          const smallest = await smallestInterval(holdsAt, options);
          if (smallest === null)
            throw new Error(`${opponent.title} does not even sustain batches of ${MOST_MS} ms here`);
          found.push(smallest);
        }
      }
    } finally {
      await spark.close();
    }
    const [ours, theirs] = contenders;
    return {
      rows: contenders.map(
        ({ opponent, found }): Row => ({
          suite: this.id,
          contender: opponent.title,
          metric: 'smallest sustainable interval',
          unit: 'ms',
          better: 'lower',
          ...estimate(found),
          samples: found,
          ...(drift.drifted(opponent.title) ? { drifted: true } : {}),
        }),
      ),
      ratios: { 'peers.smallest-batch/spark-streaming': estimate(pairRatios(theirs.found, ours.found)) },
    };
  },
};

/** What is promised of it. */
export const smallestBatchRatio: RatioDefinition = {
  id: 'peers.smallest-batch/spark-streaming',
  title:
    'Two-stage batches: smallest sustainable interval of Spark Streaming local[2] over that of Millrace threads(2)',
  suite: smallestBatchSuite.id,
  direction: 'at least',
  bound: 10,
};
