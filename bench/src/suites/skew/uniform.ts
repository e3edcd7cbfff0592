import { type Estimate, estimate, pairRatios, type Row, type Suite } from '@millrace/bench';
import type { Skewed } from '../../jobs/skewed.job.ts';
import type { CellBatch } from '../../skew/cell.ts';
import { inTurns } from '../../skew/in-turns.ts';
import { zipfPairs } from '../../skew/inputs.ts';
import { OPERATORS, STRATEGIES } from '../../skew/strategies.ts';

const RECORDS = { full: 500_000, quick: 200_000 } as const;
const KEYS = 100_000;
const PARTITIONS = 8;
const WARM_UP = 6;
/** Differences of a few parts in a hundred want more runs than others. */
const RUNS = { full: 80, quick: 48 } as const;
/**
 * How often both jobs are begun anew, one of them first and then the other: how a job comes to lie in memory, and what is compiled when, makes
 * some percent in all of its batches.
 */
const OPENINGS = 8;
/** All that can be told not to look. */
const COMPARED = OPERATORS.filter((operator) => STRATEGIES[operator].includes('hash'));

/** What it costs to look for heavy keys where there are none. */
export const uniformSuite: Suite = {
  id: 'skew-uniform',
  title: 'Even keys: what it costs to look for heavy ones',
  group: 'Skew',
  about: `500,000 pairs a batch (200,000 with --quick) whose keys, 100,000 of them, are drawn evenly, on single with ${PARTITIONS} partitions: time of a batch with { skew: 'auto' } over that with { skew: 'hash' }, which take turns and are begun anew several times. The ratio is the worst operator's. Beside it the same in processor time, which other programs on the machine do not add to.`,
  collections: ['skew', 'full'],
  async run({ quick, runs: least, progress }) {
    const pairs = zipfPairs(quick ? RECORDS.quick : RECORDS.full, KEYS, 0);
    const runs = Math.max(least, quick ? RUNS.quick : RUNS.full);
    const times: Row[] = [];
    const processorTimes: Row[] = [];
    for (const [i, operator] of COMPARED.entries()) {
      const job = { operator, partitions: PARTITIONS, table: KEYS, rounds: 0 } as const;
      const jobs = { auto: { ...job, strategy: 'auto' }, hash: { ...job, strategy: 'hash' } } as const satisfies Record<
        string,
        Skewed
      >;
      const auto: CellBatch[] = [];
      const hash: CellBatch[] = [];
      for (let opening = 0; opening < OPENINGS; opening++) {
        progress((i + opening / OPENINGS) / COMPARED.length, operator);
        const order = opening % 2 === 0 ? jobs : { hash: jobs.hash, auto: jobs.auto };
        const found = await inTurns(order, () => pairs, { warmUp: WARM_UP, runs: Math.ceil(runs / OPENINGS) });
        auto.push(...found.auto);
        hash.push(...found.hash);
      }
      const row = (metric: string, of: (batch: CellBatch) => number): Row => {
        const samples = pairRatios(auto.map(of), hash.map(of));
        const about = { suite: this.id, contender: operator, metric, unit: '×', better: 'lower' } as const;
        return { ...about, ...estimate(samples), samples };
      };
      times.push(row('time of a batch, auto over hash', ({ ms }) => ms));
      processorTimes.push(row('processor time of a batch, auto over hash', ({ cpuMs }) => cpuMs));
    }
    const { value, low, high, runs: counted } = times.reduce((a, b) => (b.value > a.value ? b : a));
    const worst: Estimate = { value, low, high, runs: counted };
    return { rows: [...times, ...processorTimes], ratios: { 'skew.auto/hash.uniform': worst } };
  },
};
