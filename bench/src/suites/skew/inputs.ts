import type { Row, Suite } from '@millrace/bench';
import type { Skewed } from '../../jobs/skewed.job.ts';
import type { Pairs } from '../../skew/cell.ts';
import { FIGURES, figureRow } from '../../skew/figures.ts';
import { heavyKeyRows } from '../../skew/heavy-key-rows.ts';
import { bytesShuffled, inTurns } from '../../skew/in-turns.ts';
import { airportCodes, flightPairs, oneKeyPairs } from '../../skew/inputs.ts';
import { OPERATORS, STRATEGIES } from '../../skew/strategies.ts';

const RECORDS = { full: 500_000, quick: 100_000 } as const;
const PARTITIONS = 8;
/** State may move in the first batches, as their loads tell. */
const WARM_UP = 10;

interface SkewedInput {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  pairs(records: number): Pairs;
  table(): Skewed['table'];
}

/** All operators with all strategies over one input. */
function inputSuite({ id, title, about, pairs: drawn, table }: SkewedInput): Suite {
  return {
    id,
    title,
    about: `${about} 500,000 pairs a batch (100,000 with --quick), ${PARTITIONS} partitions, on single, after ${WARM_UP} batches that are not counted.`,
    group: 'Skew',
    collections: ['skew', 'full'],
    async run({ quick, runs, progress }) {
      const pairs = drawn(quick ? RECORDS.quick : RECORDS.full);
      const joined = table();
      const rows = FIGURES.map((): Row[] => []);
      const heavy: Row[] = [];
      for (const [i, operator] of OPERATORS.entries()) {
        const strategies = STRATEGIES[operator];
        const jobs = Object.fromEntries(
          strategies.map((strategy): [string, Skewed] => [
            strategy,
            { operator, strategy, partitions: PARTITIONS, table: joined, rounds: 0 },
          ]),
        );
        const told = (round: number) => progress((i + round / (WARM_UP + runs)) / OPERATORS.length, operator);
        const measured = await inTurns(jobs, () => pairs, { warmUp: WARM_UP, runs, progress: told });
        for (const strategy of strategies) {
          const shuffleBytes = await bytesShuffled(jobs[strategy]!, pairs);
          const batches = measured[strategy]!.map((batch) => ({ ...batch, shuffleBytes }));
          const about = { suite: id, contender: `${operator}: ${strategy}` };
          for (const [f, figure] of FIGURES.entries())
            rows[f]!.push(...[figureRow(about, figure, batches) ?? []].flat());
        }
        // What is not combined before the shuffle has the keys as they come.
        if (operator === 'groupByKey') heavy.push(...heavyKeyRows(id, operator, measured['auto']!.at(-1)!));
      }
      return { rows: [...rows.flat(), ...heavy], ratios: {} };
    },
  };
}

const KEYS = 100_000;
const SHARE = 0.9;

/** One key with nearly everything, and flights. */
export const inputSuites: readonly Suite[] = [
  inputSuite({
    id: 'skew-one-key',
    title: 'One key with 90 % of the records',
    about: `Keys of ${KEYS.toLocaleString('en')}, of which one has 90 % of the records and the others are drawn evenly; what is joined has a row for each.`,
    pairs: (records) => oneKeyPairs(records, KEYS, SHARE),
    table: () => KEYS,
  }),
  inputSuite({
    id: 'skew-flights',
    title: 'Flights by the airport where they begin',
    about:
      'Delays of flights between airports of the United States in 2001, joined with the airports: skew as it is found, of few keys.',
    pairs: flightPairs,
    table: airportCodes,
  }),
];
