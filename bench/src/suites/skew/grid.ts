import { type Estimate, estimate, type HeatMap, type Row, type Suite } from '@millrace/bench';
import type { Skewed, SkewedOperator, Strategy } from '../../jobs/skewed.job.ts';
import type { Pairs } from '../../skew/cell.ts';
import { FIGURES, figureRow, type MeasuredBatch, maxOverMean, workOf } from '../../skew/figures.ts';
import { heatMaps, leastPossible, type MeasuredCell } from '../../skew/heat-maps.ts';
import { heavyKeyRows } from '../../skew/heavy-key-rows.ts';
import { bytesShuffled, inTurns } from '../../skew/in-turns.ts';
import { zipfPairs } from '../../skew/inputs.ts';
import { type Place, places, tens, USUAL } from '../../skew/places.ts';
import { OPERATORS, STRATEGIES } from '../../skew/strategies.ts';

const RECORDS = { full: 300_000, quick: 100_000 } as const;
/** A table that is joined has a row for each of so many of the keys, the most frequent ones. */
const MOST_ROWS = 50_000;
/** Batches that are not counted; state may move in the first ones, as their loads tell. */
const WARM_UP = 2;
const STATE_WARM_UP = 10;
/** At the usual place these have rows; all places have cells of the heat maps. */
const ROWS_AT: readonly number[] = [0, 1, 1.5];
/** Heavy keys are shown of this one. */
const HEAVY_AT = 1.5;

/** What is promised of how even the records are, at the usual place. */
const PROMISED: Partial<Readonly<Record<SkewedOperator, { readonly ratio: string; readonly s: number }>>> = {
  groupByKey: { ratio: 'skew.groupByKey.max/mean', s: 1.5 },
  join: { ratio: 'skew.join.max/mean', s: 1.2 },
  mapWithState: { ratio: 'skew.mapWithState.max/mean', s: 1 },
};

/** How even the work of an operator is, over the whole grid. */
function gridSuite(operator: SkewedOperator): Suite {
  const id = `skew-${operator}`;
  const strategies = STRATEGIES[operator];
  const warmUp = operator === 'mapWithState' ? STATE_WARM_UP : WARM_UP;
  return {
    id,
    title: `Skewed keys: ${operator}`,
    group: 'Skew',
    about:
      `300,000 pairs a batch (100,000 with --quick) with keys drawn by Zipf's law, on single, after ${warmUp} batches that are not counted; what is joined is a table of one row for each key, at most for the 50,000 most frequent ones. ` +
      'Max over mean is of the tasks that work on the shuffle; of keys that are split, of those that share the work on them. What puts such keys together again is a figure of its own, and so is what planning takes. ' +
      `Bytes are of a batch whose records are encoded, as they are between threads. Rows, and bytes, are of ${tens(USUAL.keys)} keys and ${USUAL.partitions} partitions.`,
    collections: ['skew', 'full'],
    async run({ quick, runs, progress }) {
      const cells: MeasuredCell[] = [];
      const all = places(quick);
      const input = zipfInput(quick ? RECORDS.quick : RECORDS.full);
      for (const [i, place] of all.entries()) {
        const pairs = input(place);
        const jobs = jobsOf(operator, strategies, place);
        const told = (round: number) =>
          progress((i + round / (warmUp + runs)) / all.length, `s = ${place.s}, ${place.keys} keys`);
        const measured = await inTurns(jobs, () => pairs, { warmUp, runs, progress: told });
        for (const contender of strategies) {
          // Bytes follow keys and s; each measurement of them is a job of its own.
          const shuffleBytes = isUsual(place) ? await bytesShuffled(jobs[contender], pairs) : null;
          const batches = measured[contender].map((batch): MeasuredBatch => ({ ...batch, shuffleBytes }));
          cells.push({ ...place, contender, batches });
        }
      }
      const [balance, ...others] = heatMaps(id, operator, cells) as [HeatMap, ...HeatMap[]];
      const bound = operator === 'mapWithState' ? [leastPossible(all, input)] : [];
      const maps = [{ ...balance, maps: [...balance.maps, ...bound] }, ...others];
      return { rows: rowsOf(id, operator, cells), ratios: ratiosOf(operator, cells), heatMaps: maps };
    },
  };
}

function jobsOf<S extends Strategy>(
  operator: SkewedOperator,
  strategies: readonly S[],
  { keys, partitions }: Place,
): Readonly<Record<S, Skewed>> {
  const table = Math.min(keys, MOST_ROWS);
  const jobs = strategies.map((strategy) => [strategy, { operator, strategy, partitions, table, rounds: 0 }]);
  return Object.fromEntries(jobs) as Record<S, Skewed>;
}

/** Pairs are drawn once for places that differ in partitions alone. */
function zipfInput(records: number): (place: Place) => Pairs {
  let last: { readonly name: string; readonly pairs: Pairs } | null = null;
  return ({ keys, s }) => {
    const name = `${keys}/${s}`;
    if (last?.name !== name) last = { name, pairs: zipfPairs(records, keys, s) };
    return last.pairs;
  };
}

const isUsual = ({ keys, partitions }: Place) => keys === USUAL.keys && partitions === USUAL.partitions;

function rowsOf(suite: string, operator: SkewedOperator, cells: readonly MeasuredCell[]): Row[] {
  const shown = cells.filter(isUsual).filter(({ s }) => ROWS_AT.includes(s) || s === PROMISED[operator]?.s);
  const figures = FIGURES.flatMap((figure) =>
    shown.flatMap(
      ({ contender, s, batches }) => figureRow({ suite, contender: `${contender}: s = ${s}` }, figure, batches) ?? [],
    ),
  );
  const heavy = shown.find(({ contender, s }) => contender === 'auto' && s === HEAVY_AT)?.batches.at(-1);
  return [...figures, ...(heavy === undefined ? [] : heavyKeyRows(suite, `s = ${HEAVY_AT}`, heavy))];
}

function ratiosOf(operator: SkewedOperator, cells: readonly MeasuredCell[]): Record<string, Estimate> {
  const promised = PROMISED[operator];
  const cell = cells.filter(isUsual).find(({ contender, s }) => contender === 'auto' && s === promised?.s);
  if (promised === undefined || cell === undefined) return {};
  return { [promised.ratio]: estimate(cell.batches.map(({ tasks }) => maxOverMean(workOf(tasks).records))) };
}

/** One for each operator. */
export const gridSuites: readonly Suite[] = OPERATORS.map(gridSuite);
