import { single } from '@millrace/backend-single';
import { estimate, type Row, type Suite, type SuiteContext, type SuiteResult } from '@millrace/bench';
import type { SkewedOperator, Strategy } from '../../jobs/skewed.job.ts';
import { Cell, type CellBatch, zipfPairs } from '../../skew/cell.ts';

const RECORDS = { full: 500_000, quick: 200_000 } as const;
const KEYS = 100_000;
const PARTITIONS = 8;
/** Batches that are not counted. */
const WARM_UP = 3;

/** How even the work on an operator's shuffle is, with and without splitting. */
function balance(operator: SkewedOperator, s: number, strategies: readonly Strategy[], ratio: string | null): Suite {
  const id = `skew-${operator}`;
  return {
    id,
    title: `Skewed keys: ${operator}, s = ${s}`,
    group: 'Skew',
    about:
      `500,000 pairs a batch (200,000 with --quick) with keys of 100,000 drawn by Zipf's law, s = ${s}, on single with ${PARTITIONS} partitions. ` +
      'Max over mean of the records and of the times of the tasks that work on the shuffle; of keys that are split these are the tasks that share the work on them. What puts such keys together again is a row of its own, and so is what planning takes.',
    collections: ['skew', 'full'],
    async run(context): Promise<SuiteResult> {
      const pairs = zipfPairs(context.quick ? RECORDS.quick : RECORDS.full, KEYS, s);
      const rows: Row[] = [];
      const ratios: Record<string, SuiteResult['ratios'][string]> = {};
      for (const [i, strategy] of strategies.entries()) {
        context.progress(i / strategies.length, strategy);
        const batches = await measured(operator, strategy, pairs, context);
        const add = (metric: string, unit: string, of: (batch: CellBatch) => number) => {
          const samples = batches.map(of);
          rows.push({ suite: id, contender: strategy, metric, unit, better: 'lower', ...estimate(samples), samples });
        };
        const shuffle = ({ tasks }: CellBatch) => tasks.shuffles[0]!;
        add('max over mean of records', '×', (batch) => shuffle(batch).maxOverMeanRecords);
        add('max over mean of task time', '×', (batch) => shuffle(batch).maxOverMeanMs);
        add('time of a batch', 'ms', ({ ms }) => ms);
        add('bytes shuffled', 'MB', ({ tasks }) => tasks.shuffleBytes / 1e6);
        if (batches.some((batch) => shuffle(batch).split !== null)) {
          const split = (batch: CellBatch) => shuffle(batch).split;
          add('fragments for each split key', '', (batch) =>
            mean(split(batch)?.keys.map((key) => key.partitions) ?? []),
          );
          add('putting split keys together', 'ms', (batch) => sum(split(batch)?.assemblyMs ?? []));
          add('planning', 'ms', (batch) => split(batch)?.planMs ?? 0);
        }
        if (ratio !== null && strategy === 'auto')
          ratios[ratio] = estimate(batches.map((batch) => shuffle(batch).maxOverMeanRecords));
      }
      return { rows, ratios };
    },
  };
}

async function measured(
  operator: SkewedOperator,
  strategy: Strategy,
  pairs: [string, number][],
  { runs }: SuiteContext,
): Promise<CellBatch[]> {
  const params = { operator, strategy, partitions: PARTITIONS, keys: KEYS, rounds: 0 };
  const cell = await Cell.open(single(), params, pairs);
  const batches: CellBatch[] = [];
  try {
    for (let i = 0; i < WARM_UP + runs; i++) {
      const batch = await cell.batch();
      if (i >= WARM_UP) batches.push(batch);
    }
  } finally {
    await cell.close();
  }
  return batches;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);

/** One suite for each operator. */
export const balanceSuites: readonly Suite[] = [
  balance('groupByKey', 1.5, ['auto', 'hash'], 'skew.groupByKey.max/mean'),
  balance('join', 1.2, ['auto', 'hash'], 'skew.join.max/mean'),
  balance('cogroup', 1.5, ['auto', 'hash'], null),
  balance('reduceByKey', 1.5, ['auto', 'salted'], null),
  balance('countByValue', 1.5, ['auto'], null),
];
