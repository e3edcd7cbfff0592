import {
  Drift,
  type Estimate,
  estimate,
  pairRatios,
  type RatioDefinition,
  type Row,
  type Suite,
} from '@millrace/bench';
import { noSpark } from '../spark/jars.ts';
import { SPARK_SILENT_MS } from '../spark/process.ts';
import { arrivals } from './arrivals.ts';
import { millrace } from './millrace.ts';
import { SocketContender } from './socket-contender.ts';
import { countLines } from './socket-load.ts';
import { startSpark } from './spark.ts';

/** Lines a second. */
const RATES: readonly number[] = [10_000, 100_000];
/** Intervals in ms, of which an engine gets the first that it holds with ease. */
const LADDERS = {
  millrace: [2, 5, 10, 20, 50],
  spark: [20, 30, 40, 50, 75, 100, 150, 200, 300],
};

const TRY = { measureMs: 3000, giveUpMs: 2000 };
const MEASURE = { measureMs: 10_000, giveUpMs: 20_000 };
const QUICK_MEASURE = { ...MEASURE, measureMs: 5000 };
/** Runs of each where the suite is quick. */
const QUICK_RUNS = 3;
/** Uncounted, so that both have compiled their code: a JVM takes its time for that. */
const WARM = { ...MEASURE, rate: 100_000, intervalMs: 100, measureMs: 20_000 };

/** How long it takes from the time at which a line was due to the result that it is part of. */
export const latencySuite: Suite = {
  id: 'peers-spark-latency',
  title: 'Latency from a socket, next to Spark Streaming',
  group: 'Peers',
  about:
    'Lines of 100 bytes from another process of this machine at a steady rate (open loop), each with the ms at which it was due; counted by that in two stages, and brought to the driver. ' +
    'A latency is from the time at which a line was due to the time at which the driver has the count that it is part of, of every line, rounded up to whole ms. ' +
    'Each engine has the smallest interval of a ladder that it holds with ease: the delay before batches begin does not grow, and the typical batch takes at most half of it, in two runs as long as those that are measured. ' +
    'Both make two blocks of what comes in an interval; Spark has a core more, for its receiver. The bare client shows what of it is the sender and the machine.',
  silentMs: SPARK_SILENT_MS,
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const runs = context.quick ? QUICK_RUNS : context.runs;
    const measure = context.quick ? QUICK_MEASURE : MEASURE;
    const spark = startSpark({ receiver: true });
    const groups = RATES.map((rate) => ({
      rate,
      floor: new SocketContender(arrivals, rate, []),
      ours: new SocketContender(millrace, rate, LADDERS.millrace),
      theirs: new SocketContender(spark, rate, LADDERS.spark),
    }));
    const contenders = groups.flatMap(({ floor, ours, theirs }) => [floor, ours, theirs]);
    const steps = 2 + contenders.length * (1 + runs);
    const drift = new Drift();
    let step = 0;
    const tell = (title: string, doing: string) => context.progress(step++ / steps, `${title}: ${doing}`);
    try {
      for (const engine of [millrace, spark]) {
        tell(engine.title, 'warming up');
        const { missing } = await countLines(engine, WARM);
        if (missing > 0)
          throw new Error(`${engine.title}: ${missing} lines were missing when its warm-up was given up`);
      }
      for (const contender of contenders) {
        tell(contender.title, 'looking for an interval');
        await contender.findInterval(TRY, [measure, measure]);
      }
      for (let round = 1; round <= runs; round++) {
        for (let i = 0; i < contenders.length; i++) {
          const contender = contenders[(i + round) % contenders.length]!;
          tell(contender.title, `run ${round} of ${runs}`);
          drift.measure(contender.title);
          await contender.measure(measure);
        }
      }
    } finally {
      await spark.close();
    }
    const ratios = groups.map(({ rate, ours, theirs }) => ({
      rate,
      ratio: estimate(pairRatios(theirs.p99s, ours.p99s)),
    }));
    const [first, ...others] = ratios.map(({ ratio }) => ratio) as [Estimate, ...Estimate[]];
    return {
      rows: [
        ...contenders.flatMap((each) => each.rows(this.id, drift)),
        ...ratios.map(({ rate, ratio }) => ratioRow(this.id, rate, ratio)),
      ],
      // What is promised holds at each of the rates.
      ratios: { [latencyRatio.id]: others.reduce((least, each) => (each.value < least.value ? each : least), first) },
    };
  },
};

function ratioRow(suite: string, rate: number, ratio: Estimate): Row {
  return {
    suite,
    contender: `${rate.toLocaleString('en')} lines/s`,
    metric: 'p99 of Spark Streaming over that of Millrace',
    unit: '×',
    better: 'higher',
    ...ratio,
  };
}

/** What is promised of it. */
export const latencyRatio: RatioDefinition = {
  id: 'peers.latency-p99/spark-streaming',
  title:
    'Lines from a socket: p99 of the latency of Spark Streaming over that of Millrace threads(2), the smaller one of two rates',
  suite: latencySuite.id,
  direction: 'at least',
  bound: 8,
};
