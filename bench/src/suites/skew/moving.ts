import { estimate, type Line, type Row, type Suite } from '@millrace/bench';
import type { Skewed, SkewedOperator, Strategy } from '../../jobs/skewed.job.ts';
import type { CellBatch } from '../../skew/cell.ts';
import { maxOverMean, workOf } from '../../skew/figures.ts';
import { inTurns } from '../../skew/in-turns.ts';
import { movingBatches } from '../../skew/inputs.ts';
import { STRATEGIES } from '../../skew/strategies.ts';

const RECORDS = { full: 500_000, quick: 100_000 } as const;
const KEYS = 10_000;
const S = 1.5;
const PARTITIONS = 8;
/** Batches after which other keys are the hot ones. */
const SHIFT_AFTER = 4;
const BATCHES = 16;
/** What is hot now has to be found now, or is put where its load was seen. */
const OPERATORS: readonly SkewedOperator[] = ['groupByKey', 'mapWithState'];

/** Whether what is done about hot keys follows them. */
export const movingSuite: Suite = {
  id: 'skew-moving',
  title: 'A hot key that moves',
  group: 'Skew',
  about:
    `500,000 pairs a batch (100,000 with --quick) with keys of ${KEYS.toLocaleString('en')} drawn by Zipf's law, s = ${S}, whose order is another one after each ${SHIFT_AFTER} batches, on single with ${PARTITIONS} partitions. ` +
    'Plans are made for each batch, from the batch: one that comes right after a move is as even as any. State is placed by what batches before have shown.',
  collections: ['skew', 'full'],
  async run({ quick, progress }) {
    const records = quick ? RECORDS.quick : RECORDS.full;
    const batches = movingBatches(BATCHES, { records, keys: KEYS, s: S, shiftAfter: SHIFT_AFTER });
    const measured = await inTurns(jobs(), (round) => batches[round]!, {
      warmUp: 0,
      runs: BATCHES,
      progress: (round) => progress(round / BATCHES, `batch ${round + 1}`),
    });
    const found = Object.entries(measured).map(([contender, of]) => [contender, evenness(of)] as const);
    const moved = (_: number, i: number) => i > 0 && i % SHIFT_AFTER === 0;
    const rows = (metric: string, of: (values: readonly number[]) => readonly number[]): Row[] =>
      found.map(([contender, values]) => {
        const samples = of(values);
        return { suite: this.id, contender, metric, unit: '', better: 'lower', ...estimate(samples), samples };
      });
    const lines = found.map(
      ([contender, values]): Line => ({ contender, points: values.map((value, i) => [i + 1, value]) }),
    );
    const marks = [...batches.keys()].filter((i) => moved(0, i)).map((i) => ({ x: i + 1, label: 'moved' }));
    return {
      rows: [
        ...rows('max over mean of records', (values) => values),
        ...rows('max over mean of records, right after a move', (values) => values.filter(moved)),
      ],
      ratios: {},
      series: [
        {
          suite: this.id,
          title: 'Around moves of the hot key',
          x: { title: 'batch', unit: '' },
          y: { title: 'max over mean of records', unit: '' },
          lines,
          marks,
        },
      ],
    };
  },
};

function jobs(): Record<string, Skewed> {
  const all = OPERATORS.flatMap((operator) =>
    STRATEGIES[operator].map((strategy: Strategy): [string, Skewed] => [
      `${operator} ${strategy}`,
      { operator, strategy, partitions: PARTITIONS, table: 0, rounds: 0 },
    ]),
  );
  return Object.fromEntries(all);
}

function evenness(batches: readonly CellBatch[]): number[] {
  return batches.map(({ tasks }) => maxOverMean(workOf(tasks).records));
}
