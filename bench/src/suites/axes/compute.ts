import { availableParallelism } from 'node:os';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import {
  type Backends,
  engineContenders,
  estimate,
  loopContender,
  pairRatios,
  type Row,
  type Suite,
} from '@millrace/bench';
import { linesBlock } from '@millrace/core';
import { burnAll } from '../../floors/burn.ts';
import { roundsFor } from '../../jobs/burn.ts';
import { type Crossover, crossover } from './crossover.ts';
import { type AxisPoint, type AxisResult, raceAlong } from './race-along.ts';

const JOB = new URL('../../jobs/cpu.job.ts', import.meta.url);
/** Work of a record, with about as many records as a thread does in a tenth of a second. */
const WEIGHTS = [
  { micros: 0, records: 200_000 },
  { micros: 1, records: 80_000 },
  { micros: 5, records: 20_000 },
  { micros: 20, records: 5_000 },
] as const;
/** The least work above none. */
const LEAST_MICROS = WEIGHTS[1].micros;
const SINGLE = 'single';

/** Two workers, and more where there are cores for them. */
function workers(): readonly number[] {
  return [2, 4, 8].filter((n) => n === 2 || n <= availableParallelism());
}

function pointAt(micros: number, records: number): AxisPoint {
  const rounds = roundsFor(micros);
  const counts = workers();
  const most = Math.max(...counts);
  const lines = Array.from({ length: records }, (_, i) => String(i + 1));
  const cut = (b: number) => Math.floor((b * records) / most);
  const blocks = Array.from({ length: most }, (_, b) => linesBlock(lines.slice(cut(b), cut(b + 1)).join('\n')));
  const engines: Backends = {
    [SINGLE]: () => single(),
    ...Object.fromEntries(counts.map((n) => [`threads(${n})`, () => threads({ workers: n })])),
  };
  return {
    x: micros,
    said: `${micros} µs a record`,
    records,
    contenders: [
      loopContender({ loop: () => burnAll(rounds), batches: () => [{ lines }] }),
      ...engineContenders({ job: JOB, params: { rounds }, batches: () => [{ blocks }] }, engines),
    ],
  };
}

/** From which weight on a contender is as fast as single, in each round. */
function crossoversOf({ points }: AxisResult, id: string): Crossover[] {
  const ratios = points.map(({ laps }) => pairRatios(laps.get(SINGLE)!.seconds, laps.get(id)!.seconds));
  const rounds = Math.min(...ratios.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    crossover(points.map(({ x }, i) => [x, ratios[i]![round]!] as const)),
  );
}

/** The same as a row: where a contender is as fast at all weights or at none, with the end that is nearest, and a note where most rounds are so. */
function crossoverRow(suite: string, found: AxisResult, id: string): Row {
  const xs = found.points.map(({ x }) => x);
  const [lowest, highest] = [xs[0]!, xs.at(-1)!];
  const crossovers = crossoversOf(found, id);
  const samples = crossovers.map((each) => {
    if (each.kind === 'never') return highest;
    // Ratios of results are of logarithms: a record without work counts as one with the least that was tried.
    return Math.max(each.kind === 'at' ? each.x : lowest, LEAST_MICROS);
  });
  const areMost = (kind: Crossover['kind']) =>
    crossovers.filter((each) => each.kind === kind).length > crossovers.length / 2;
  const note = areMost('always') ? `at ${lowest} µs already` : areMost('never') ? `not at ${highest} µs` : null;
  return {
    suite,
    contender: id,
    metric: 'as fast as single from',
    unit: 'µs a record',
    better: 'lower',
    ...estimate(samples),
    samples,
    ...(note === null ? {} : { note }),
  };
}

/** Where threads begin to pay. */
export const computeAxisSuite: Suite = {
  id: 'compute-axis',
  title: 'Work of a record, from none to 20 µs',
  group: 'Axes',
  about:
    'A batch of raw text, in a block for each worker; each record costs as much as is said, calibrated on this machine. The crossover is the work of a record from which on threads are as fast as single, and at least 1 µs.',
  collections: ['full', 'axes'],
  async run(context) {
    const found = await raceAlong(
      {
        suite: this.id,
        title: 'Throughput by the work of a record',
        axis: { title: 'work of a record', unit: 'µs' },
        points: WEIGHTS.map(
          ({ micros, records }) =>
            () =>
              pointAt(micros, context.quick ? records / 2 : records),
        ),
      },
      context,
    );
    const crossovers = workers().map((n) => crossoverRow(this.id, found, `threads(${n})`));
    return { rows: [...found.rows, ...crossovers], ratios: {}, series: [found.series] };
  },
};
