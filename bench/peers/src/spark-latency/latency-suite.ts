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
import type { Opponent } from './engines.ts';
import { latenciesOf, type TookCounts } from './latency-counts.ts';
import { millrace } from './millrace.ts';
import { firstThatHolds } from './smallest-interval.ts';
import { countLines } from './socket-load.ts';
import { startSpark } from './spark.ts';
import { sustains, sustainsWithEase } from './timed-batch.ts';

/** Lines a second. */
const RATES: readonly number[] = [10_000, 100_000];
/** Intervals in ms, of which an engine gets the first that it holds with ease. */
const LADDERS = {
  millrace: [2, 5, 10, 20, 50],
  spark: [20, 30, 40, 50, 75, 100, 150, 200, 300],
};
const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

const TRY = { measureMs: 3000, giveUpMs: 2000 };
const MEASURE = { measureMs: 10_000, giveUpMs: 20_000 };
const QUICK_MEASURE = { ...MEASURE, measureMs: 5000 };
/** Runs of each where the suite is quick. */
const QUICK_RUNS = 3;
/** Uncounted, so that both have compiled their code: a JVM takes its time for that. */
const WARM = { ...MEASURE, rate: 100_000, intervalMs: 100, measureMs: 20_000 };

/** An engine at a rate, with what was found. */
interface Contender {
  readonly opponent: Opponent;
  readonly ladder: readonly number[];
  readonly rate: number;
  /** 0 until it is found. */
  intervalMs: number;
  readonly runs: TookCounts[];
  /** Runs in which it did not sustain its interval. */
  behind: number;
}

async function findInterval(contender: Contender): Promise<void> {
  const { opponent, ladder, rate } = contender;
  const holds = async (intervalMs: number) => {
    const found = await countLines(opponent, { ...TRY, rate, intervalMs });
    return found !== null && sustainsWithEase(found.batches, intervalMs);
  };
  const interval = await firstThatHolds(holds, ladder);
  if (interval === null)
    throw new Error(`${opponent.title} does not hold ${ladder.at(-1)} ms with ease here, at ${rate} lines a second`);
  contender.intervalMs = interval;
}

async function measure(contender: Contender, how: typeof MEASURE): Promise<void> {
  const { opponent, rate, intervalMs } = contender;
  const found = await countLines(opponent, { ...how, rate, intervalMs });
  if (found === null)
    throw new Error(
      `${opponent.title} was more than ${how.giveUpMs} ms late at ${rate} lines a second and ${intervalMs} ms`,
    );
  contender.runs.push(found.took);
  if (!sustains(found.batches, intervalMs)) contender.behind += 1;
}

/** How long it takes from the time at which a line was due to the result that it is part of. */
export const latencySuite: Suite = {
  id: 'peers-spark-latency',
  title: 'Latency from a socket, next to Spark Streaming',
  group: 'Peers',
  about:
    'Lines of 100 bytes from another process of this machine at a steady rate (open loop), each with the ms at which it was due; counted by that in two stages, and brought to the driver. ' +
    'A latency is from the time at which a line was due to the time at which the driver has the count that it is part of, of every line, rounded up to whole ms. ' +
    'Each engine has the smallest interval of a ladder that it holds with ease: the delay before batches begin does not grow, and the typical batch takes at most half of it. ' +
    'Both make two blocks of what comes in an interval; Spark has a core more, for its receiver.',
  collections: ['peers'],
  needs: noSpark,
  async run(context) {
    const runs = context.quick ? QUICK_RUNS : context.runs;
    const spark = startSpark({ receiver: true });
    const pairs = RATES.map((rate): readonly [Contender, Contender] => {
      const contender = (opponent: Opponent, ladder: readonly number[]): Contender => ({
        opponent,
        ladder,
        rate,
        intervalMs: 0,
        runs: [],
        behind: 0,
      });
      return [contender(millrace, LADDERS.millrace), contender(spark, LADDERS.spark)];
    });
    const contenders = pairs.flat();
    const steps = contenders.length * (1 + runs) + 2;
    const drift = new Drift();
    let step = 0;
    const tell = ({ opponent, rate }: Contender, doing: string) =>
      context.progress(step++ / steps, `${opponent.title}, ${rate} lines/s: ${doing}`);
    try {
      for (const contender of pairs.at(-1)!) {
        tell(contender, 'warming up');
        await countLines(contender.opponent, WARM);
      }
      for (const contender of contenders) {
        tell(contender, 'looking for an interval');
        await findInterval(contender);
      }
      for (let round = 1; round <= runs; round++) {
        for (let i = 0; i < contenders.length; i++) {
          const contender = contenders[(i + round) % contenders.length]!;
          drift.measure(contender.opponent.title);
          tell(contender, `run ${round} of ${runs}, ${contender.intervalMs} ms`);
          await measure(contender, context.quick ? QUICK_MEASURE : MEASURE);
        }
      }
    } finally {
      await spark.close();
    }
    const ratios = pairs.map(([ours, theirs]) => estimate(pairRatios(p99s(theirs), p99s(ours))));
    return {
      rows: [...contenders.flatMap((each) => rowsOf(this.id, each, runs, drift)), ...ratioRows(this.id, ratios)],
      // What is promised holds for each of the rates.
      ratios: { [latencyRatio.id]: ratios.reduce((least, each) => (each.value < least.value ? each : least)) },
    };
  },
};

const p99s = ({ runs }: Contender): number[] => runs.map((run) => latenciesOf(run).quantile(0.99));

function rowsOf(suite: string, contender: Contender, all: number, drift: Drift): Row[] {
  const { opponent, rate, intervalMs, runs, behind } = contender;
  const drifted = drift.drifted(opponent.title) ? { drifted: true } : {};
  const late = behind === 0 ? '' : ` (fell behind in ${behind} of ${all} runs)`;
  const title = `${opponent.title}${late}, ${rate.toLocaleString('en')} lines/s`;
  const row = { suite, unit: 'ms', better: 'lower' } as const;
  const interval: Row = {
    ...row,
    contender: title,
    metric: 'interval that is held with ease',
    ...estimate([intervalMs]),
    samples: [intervalMs],
  };
  const latencies = QUANTILES.map(([name, q]): Row => {
    const samples = runs.map((run) => latenciesOf(run).quantile(q));
    const histogram = name === 'p50' ? { histogram: latenciesOf(...runs).encode() } : {};
    return {
      ...row,
      contender: `${title}: ${name}`,
      metric: 'latency',
      ...estimate(samples),
      samples,
      ...drifted,
      ...histogram,
    };
  });
  return [interval, ...latencies];
}

function ratioRows(suite: string, ratios: readonly Estimate[]): Row[] {
  return ratios.map((ratio, i) => ({
    suite,
    contender: `${RATES[i]!.toLocaleString('en')} lines/s`,
    metric: 'p99 of Spark Streaming over that of Millrace',
    unit: '×',
    better: 'higher',
    ...ratio,
  }));
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
