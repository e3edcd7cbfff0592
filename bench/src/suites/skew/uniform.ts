import { single } from '@millrace/backend-single';
import { type Estimate, estimate, pairRatios, type Row, type Suite } from '@millrace/bench';
import type { SkewedOperator } from '../../jobs/skewed.job.ts';
import { Cell, zipfPairs } from '../../skew/cell.ts';

const RECORDS = { full: 500_000, quick: 200_000 } as const;
const KEYS = 100_000;
const PARTITIONS = 8;
const WARM_UP = 4;
/** Differences of a few parts in a hundred want more runs than others. */
const RUNS = { full: 41, quick: 15 } as const;
const OPERATORS: readonly SkewedOperator[] = ['groupByKey', 'join', 'cogroup'];

/** What it costs to look for heavy keys where there are none. */
export const uniformSuite: Suite = {
  id: 'skew-uniform',
  title: 'Even keys: what it costs to look for heavy ones',
  group: 'Skew',
  about: `500,000 pairs a batch (200,000 with --quick) whose keys, 100,000 of them, are drawn evenly, on single with ${PARTITIONS} partitions: time of a batch with { skew: 'auto' } over that with { skew: 'hash' }, which take turns.`,
  collections: ['skew', 'full'],
  async run(context) {
    const pairs = zipfPairs(context.quick ? RECORDS.quick : RECORDS.full, KEYS, 0);
    const runs = Math.max(context.runs, context.quick ? RUNS.quick : RUNS.full);
    const rows: Row[] = [];
    let worst: Estimate | null = null;
    for (const [i, operator] of OPERATORS.entries()) {
      context.progress(i / OPERATORS.length, operator);
      const params = { operator, partitions: PARTITIONS, keys: KEYS, rounds: 0 };
      const cells = {
        auto: await Cell.open(single(), { ...params, strategy: 'auto' }, pairs),
        hash: await Cell.open(single(), { ...params, strategy: 'hash' }, pairs),
      };
      const times = { auto: [] as number[], hash: [] as number[] };
      try {
        for (let run = 0; run < WARM_UP + runs; run++) {
          for (const strategy of run % 2 === 0 ? (['auto', 'hash'] as const) : (['hash', 'auto'] as const)) {
            const { ms } = await cells[strategy].batch();
            if (run >= WARM_UP) times[strategy].push(ms);
          }
        }
      } finally {
        await cells.auto.close();
        await cells.hash.close();
      }
      const samples = pairRatios(times.auto, times.hash);
      const ratio = estimate(samples);
      rows.push({
        suite: this.id,
        contender: operator,
        metric: 'time of a batch, auto over hash',
        unit: '×',
        better: 'lower',
        ...ratio,
        samples,
      });
      if (worst === null || ratio.value > worst.value) worst = ratio;
    }
    return { rows, ratios: { 'skew.auto/hash.uniform': worst as Estimate } };
  },
};
