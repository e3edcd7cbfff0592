import type { Report } from '../report/report.ts';
import type { Row } from '../suite.ts';
import { areFarApart } from './drift.ts';
import { type Ratio, ratioOf } from './ratio.ts';
import type { Estimate } from './stats.ts';

/** What can be said of a row in two results. */
export type Verdict = 'faster' | 'slower' | 'cannot tell';

/** A row that both results have. */
export interface ComparedRow extends Ratio {
  readonly suite: string;
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  readonly before: Estimate;
  readonly after: Estimate;
  readonly verdict: Verdict;
  /** Whether the machine had changed, during one of the runs or between them: then nothing can be told. */
  readonly drifted: boolean;
  /** Whether its suite says of itself that it does something else than before: then nothing can be told. */
  readonly redefined: boolean;
}

/** Two results side by side. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Of how many rows something could be told: their intervals hold all together. */
  readonly judged: number;
  /** In what the results differ besides their programs, as `node: v24.1.0, then v24.2.0`: other machines, or other sizes. */
  readonly differences: readonly string[];
  /** Rows that only one of them has, as `suite: contender, metric`. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/** Chance that equal programs have any row that is called faster or slower. */
const LEVEL = 0.05;
/** What is the same in two results of which only the programs differ. */
const SURROUNDINGS = ['cpuModel', 'cpus', 'platform', 'node', 'quick'] as const;

/**
 * Compares two results row by row. A row is faster or slower where the interval of its ratio leaves out 1: see `ratioOf`. Intervals are
 * as wide as is needed for all rows that are judged to be within theirs, together, in 95 of 100 comparisons (Bonferroni's
 * correction: of 36 rows at 95 % each, two programs that are equal would have a wrong one in most comparisons). So a
 * comparison of fewer rows sees smaller changes. A row with a limit of 0, of what must not happen, is slower if it has happened once and had
 * not before. A result that is compared with itself has ratios of 1, and nothing can be told.
 *
 * Nothing is told of rows whose machine had changed, or whose suite says of itself that it does something else.
 *
 * @param before the result to compare with, @param after the one that is judged
 */
export function compareReports(before: Report, after: Report): Comparison {
  const rows = new Map(before.rows.map((row) => [nameOf(row), row]));
  const redefined = redefinedSuites(before, after);
  const pairs = after.rows.flatMap((row): Pair[] => {
    const earlier = rows.get(nameOf(row));
    if (earlier === undefined || row.better === 'neither') return [];
    const drifted = earlier.drifted === true || row.drifted === true || onOtherMachines(earlier, row);
    return [{ before: earlier, after: row, drifted, redefined: redefined.has(row.suite) }];
  });
  const judged = pairs.filter(isJudged).length;
  const names = new Set(after.rows.map(nameOf));
  return {
    rows: pairs.map((pair) => compareRows(pair, LEVEL / Math.max(1, judged))),
    judged,
    differences: SURROUNDINGS.filter((each) => before[each] !== after[each]).map(
      (each) => `${each}: ${before[each]}, then ${after[each]}`,
    ),
    onlyBefore: [...rows.keys()].filter((name) => !names.has(name)),
    onlyAfter: [...names].filter((name) => !rows.has(name)),
  };
}

/** A row of both, and why nothing may be told of it. */
interface Pair {
  readonly before: Row;
  readonly after: Row;
  readonly drifted: boolean;
  readonly redefined: boolean;
}

const nameOf = ({ suite, contender, metric }: Row): string => `${suite}: ${contender}, ${metric}`;

function redefinedSuites(before: Report, after: Report): ReadonlySet<string> {
  const abouts = new Map(before.suites.map(({ id, about }) => [id, about]));
  return new Set(after.suites.filter(({ id, about }) => (abouts.get(id) ?? about) !== about).map(({ id }) => id));
}

/** Of a value alone nothing can be told. */
function isJudged({ before, after, drifted, redefined }: Pair): boolean {
  return !drifted && !redefined && Math.min(samplesOf(before).length, samplesOf(after).length) > 1;
}

function compareRows(pair: Pair, level: number): ComparedRow {
  const { before, after, drifted, redefined } = pair;
  const { suite, contender, metric, unit, better } = after;
  const [earlier, later] = [samplesOf(before), samplesOf(after)];
  const ratio = ratioOf(earlier, later, better === 'higher' ? 'higher' : 'lower', level);
  const failed = !redefined && after.limit === 0 && Math.max(...earlier) <= 0 && Math.max(...later) > 0;
  const told = ratio.low > 1 ? 'faster' : ratio.high < 1 ? 'slower' : 'cannot tell';
  return {
    suite,
    contender,
    metric,
    unit,
    before: plain(before),
    after: plain(after),
    ...ratio,
    verdict: failed ? 'slower' : isJudged(pair) ? told : 'cannot tell',
    drifted,
    redefined,
  };
}

/** Whether the machine was clearly faster or slower for one of the rows. */
function onOtherMachines({ loopMs: before }: Row, { loopMs: after }: Row): boolean {
  return before !== undefined && after !== undefined && areFarApart(before, after);
}

const plain = ({ value, low, high, runs }: Row): Estimate => ({ value, low, high, runs });
/** Rows without runs of their own have their value alone. */
const samplesOf = ({ samples, value }: Row): readonly number[] => samples ?? [value];
