import { type Estimate, estimate, type Row, type Suite } from '@millrace/bench';
import type { Skewed, SkewedOperator } from '../../jobs/skewed.job.ts';
import { planningShare } from '../../skew/figures.ts';
import { inTurns } from '../../skew/in-turns.ts';
import { zipfPairs } from '../../skew/inputs.ts';

const RECORDS = 500_000;
const KEYS = 100_000;
const PARTITIONS = 8;
const SKEWS = [1, 1.5, 2] as const;
/** What splits keys, and plans for it. */
const OPERATORS = ['groupByKey', 'cogroup', 'join'] as const satisfies readonly SkewedOperator[];
const WARM_UP = 2;

/** What the driver's plans cost. */
export const planningSuite: Suite = {
  id: 'skew-planning',
  title: 'Skewed keys: planning',
  group: 'Skew',
  about: `500,000 pairs a batch, also with --quick, with keys of 100,000 drawn by Zipf's law, on single with ${PARTITIONS} partitions: milliseconds in which the driver plans who works on split keys, as a share of the batch. The ratio is the largest of them. What looking for heavy keys costs is measured with even ones.`,
  collections: ['skew', 'full'],
  async run({ runs, progress }) {
    const rows: Row[] = [];
    for (const [i, s] of SKEWS.entries()) {
      const pairs = zipfPairs(RECORDS, KEYS, s);
      const jobs = Object.fromEntries(
        OPERATORS.map((operator): [string, Skewed] => [
          operator,
          { operator, strategy: 'auto', partitions: PARTITIONS, table: KEYS, rounds: 0 },
        ]),
      );
      const told = (round: number) => progress((i + round / (WARM_UP + runs)) / SKEWS.length, `s = ${s}`);
      const measured = await inTurns(jobs, () => pairs, { warmUp: WARM_UP, runs, progress: told });
      for (const [operator, batches] of Object.entries(measured)) {
        const samples = batches.map((batch) => planningShare(batch) ?? 0);
        rows.push({
          suite: this.id,
          contender: `${operator}: s = ${s}`,
          metric: 'planning',
          unit: '% of the batch',
          better: 'lower',
          ...estimate(samples),
          samples,
        });
      }
    }
    const { value, low, high, runs: counted } = rows.reduce((a, b) => (b.value > a.value ? b : a));
    const most: Estimate = { value, low, high, runs: counted };
    return { rows, ratios: { 'skew.planning': most } };
  },
};
