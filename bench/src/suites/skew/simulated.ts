import { single } from '@millrace/backend-single';
import { type Estimate, estimate, pairRatios, type Row, type Suite } from '@millrace/bench';
import { roundsFor } from '../../jobs/burn.ts';
import { Cell, type CellBatch, zipfPairs } from '../../skew/cell.ts';
import { simulatedBatch } from '../../skew/simulated-slots.ts';

const RECORDS = { full: 500_000, quick: 200_000 } as const;
const KEYS = 100_000;
const S = 1.5;
const WORK_MICROS = 1;
const PARTITIONS = 8;
const SLOTS = [4, 8, 16, 32, 64] as const;
const WARM_UP = 3;

/** What splitting is worth where there are more cores than here. */
export const simulatedSuite: Suite = {
  id: 'skew-simulated',
  title: 'Skewed keys: a stream joined with one row a key, on simulated slots',
  group: 'Skew',
  about:
    `500,000 pairs a batch (200,000 with --quick) with keys of 100,000 drawn by Zipf's law, s = ${S}, joined with a table of one row a key, and ${WORK_MICROS} µs of work on each pair in the next map; as many partitions as slots. ` +
    'SIMULATED: the tasks ran one after the other on single, and their times are laid over so many slots, stage after stage, each in the slot of its partition. Messages between slots, and what tasks that run at the same time do to one another, are not in it.',
  collections: ['skew', 'full'],
  async run(context) {
    const pairs = zipfPairs(context.quick ? RECORDS.quick : RECORDS.full, KEYS, S);
    const rounds = roundsFor(WORK_MICROS);
    const rows: Row[] = [];
    const ratios: Record<string, Estimate> = {};
    for (const [i, slots] of SLOTS.entries()) {
      context.progress(i / SLOTS.length, `${slots} slots`);
      const params = { operator: 'join', partitions: Math.max(PARTITIONS, slots), keys: KEYS, rounds } as const;
      const cells = {
        auto: await Cell.open(single(), { ...params, strategy: 'auto' }, pairs),
        hash: await Cell.open(single(), { ...params, strategy: 'hash' }, pairs),
      };
      const times = { auto: [] as number[], hash: [] as number[] };
      try {
        for (let run = 0; run < WARM_UP + context.runs; run++) {
          for (const strategy of run % 2 === 0 ? (['auto', 'hash'] as const) : (['hash', 'auto'] as const)) {
            const batch = await cells[strategy].batch();
            if (run >= WARM_UP) times[strategy].push(simulatedBatch(stagesOf(batch), slots));
          }
        }
      } finally {
        await cells.auto.close();
        await cells.hash.close();
      }
      for (const [strategy, samples] of Object.entries(times))
        rows.push({
          suite: this.id,
          contender: `${strategy}, ${slots} simulated slots`,
          metric: 'simulated time of a batch',
          unit: 'ms',
          better: 'lower',
          ...estimate(samples),
          samples,
        });
      if (slots === 8) ratios['skew.hash/auto'] = estimate(pairRatios(times.hash, times.auto));
    }
    return { rows, ratios };
  },
};

function stagesOf({ tasks }: CellBatch): number[][] {
  return tasks.stages.map((stage) => stage.tasks.map(({ elapsedMs }) => elapsedMs));
}
