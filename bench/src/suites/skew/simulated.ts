import type { Estimate, Row, Suite } from '@millrace/bench';
import { roundsFor } from '../../jobs/burn.ts';
import type { Skewed } from '../../jobs/skewed.job.ts';
import type { CellBatch } from '../../skew/cell.ts';
import { inTurns } from '../../skew/in-turns.ts';
import { zipfPairs } from '../../skew/inputs.ts';
import { resampled } from '../../skew/resampled.ts';
import { medianTimes, simulatedBatch } from '../../skew/simulated-slots.ts';
import { STRATEGIES } from '../../skew/strategies.ts';

const RECORDS = { full: 500_000, quick: 200_000 } as const;
const KEYS = 100_000;
const S = 1.5;
const WORK_MICROS = 1;
const PARTITIONS = 8;
const SLOTS = [4, 8, 16, 32, 64] as const;
/** What the ratio is of. */
const PROMISED_SLOTS = 8;
const WARM_UP = 3;

/** What splitting is worth where there are more cores than here. */
export const simulatedSuite: Suite = {
  id: 'skew-simulated',
  title: 'Skewed keys: a stream joined with one row a key, on simulated slots',
  group: 'Skew',
  about:
    `500,000 pairs a batch (200,000 with --quick) with keys of 100,000 drawn by Zipf's law, s = ${S}, joined with a table of one row a key, and ${WORK_MICROS} µs of work on each pair in the next map; as many partitions as slots, at least ${PARTITIONS}. ` +
    'SIMULATED: the tasks ran one after the other on single, and the median time of each is laid over so many slots, stage after stage, each task in the slot of its partition. Messages between slots, and what tasks that run at the same time do to one another, are not in it.',
  collections: ['skew', 'full'],
  async run({ quick, runs, progress }) {
    const pairs = zipfPairs(quick ? RECORDS.quick : RECORDS.full, KEYS, S);
    const rounds = roundsFor(WORK_MICROS);
    const rows: Row[] = [];
    const ratios: Record<string, Estimate> = {};
    const points = new Map<string, [number, number][]>();
    for (const [i, slots] of SLOTS.entries()) {
      const partitions = Math.max(PARTITIONS, slots);
      const jobs = Object.fromEntries(
        STRATEGIES.join.map((strategy): [string, Skewed] => [
          strategy,
          { operator: 'join', strategy, partitions, table: KEYS, rounds },
        ]),
      );
      const told = (round: number) =>
        progress((i + round / (WARM_UP + runs)) / SLOTS.length, `${slots} simulated slots`);
      const measured = await inTurns(jobs, () => pairs, { warmUp: WARM_UP, runs, progress: told });
      const simulated = (batches: readonly CellBatch[]) => simulatedBatch(medianTimes(batches.map(stagesOf)), slots);
      for (const [strategy, batches] of Object.entries(measured)) {
        const row: Row = {
          suite: this.id,
          contender: `${strategy}: ${slots} simulated slots`,
          metric: 'simulated time of a batch',
          unit: 'ms',
          better: 'lower',
          ...resampled(batches, simulated),
        };
        rows.push(row);
        points.set(strategy, [...(points.get(strategy) ?? []), [slots, row.value]]);
      }
      if (slots === PROMISED_SLOTS)
        ratios['skew.hash/auto'] = resampled(
          measured['hash']!.map((hash, i) => ({ hash, auto: measured['auto']![i]! })),
          (pairs) => simulated(pairs.map(({ hash }) => hash)) / simulated(pairs.map(({ auto }) => auto)),
        );
    }
    const series = {
      suite: this.id,
      title: 'Simulated time of a batch by simulated slots',
      x: { title: 'simulated slots', unit: '', scale: 'log' },
      y: { title: 'simulated time of a batch', unit: 'ms' },
      lines: Array.from(points, ([contender, line]) => ({ contender, points: line })),
    } as const;
    return { rows, ratios, series: [series] };
  },
};

function stagesOf({ tasks }: CellBatch): number[][] {
  return tasks.stages.map((stage) => stage.tasks.map(({ elapsedMs }) => elapsedMs));
}
