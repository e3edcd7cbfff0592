import type { Report } from '../report/report.ts';
import type { Row } from '../suite.ts';
import { areFarApart } from './drift.ts';
import { type Estimate, median } from './stats.ts';
import { studentQuantile } from './student.ts';

/** What can be said of a row in two results. */
export type Verdict = 'faster' | 'slower' | 'cannot tell';

/** A row that both results have. */
export interface ComparedRow {
  readonly suite: string;
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  readonly before: Estimate;
  readonly after: Estimate;
  /** How many times as good the row has become: over 1 is better, whatever is better for its metric. */
  readonly ratio: number;
  /** Its interval of 95 %. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
  /** Whether the machine had changed, during one of the runs or between them: then nothing can be told. */
  readonly drifted: boolean;
}

/** Two results side by side. */
export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Rows that only one of them has, as `suite: contender, metric`. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/**
 * Compares two results row by row. A row is faster or slower where the interval of the ratio of its runs leaves out 1: Welch's
 * interval of the difference of their logarithms, which holds for runs of unequal spread and, unlike a bootstrap, also for as few
 * as five. A result that is compared with itself has ratios of 1, and nothing can be told.
 *
 * @param before the result to compare with, @param after the one that is judged
 */
export function compareReports(before: Report, after: Report): Comparison {
  const rows = new Map(before.rows.map((row) => [nameOf(row), row]));
  const common = after.rows.flatMap((row) => {
    const earlier = rows.get(nameOf(row));
    return earlier === undefined || row.better === 'neither' ? [] : [compareRows(earlier, row)];
  });
  const names = new Set(after.rows.map(nameOf));
  return {
    rows: common,
    onlyBefore: [...rows.keys()].filter((name) => !names.has(name)),
    onlyAfter: [...names].filter((name) => !rows.has(name)),
  };
}

const nameOf = ({ suite, contender, metric }: Row): string => `${suite}: ${contender}, ${metric}`;

function compareRows(before: Row, after: Row): ComparedRow {
  const { suite, contender, metric, unit, better } = after;
  const sign = better === 'higher' ? 1 : -1;
  const { ratio, low, high } = ratioOf(samplesOf(after), samplesOf(before), sign);
  const drifted = before.drifted === true || after.drifted === true || onOtherMachines(before, after);
  const verdict = drifted ? 'cannot tell' : low > 1 ? 'faster' : high < 1 ? 'slower' : 'cannot tell';
  return {
    suite,
    contender,
    metric,
    unit,
    before: plain(before),
    after: plain(after),
    ratio,
    low,
    high,
    verdict,
    drifted,
  };
}

/** Whether the machine was clearly faster or slower for one of the rows. */
function onOtherMachines({ loopMs: before }: Row, { loopMs: after }: Row): boolean {
  return before !== undefined && after !== undefined && areFarApart(before, after);
}

const plain = ({ value, low, high, runs }: Row): Estimate => ({ value, low, high, runs });
/** Rows without runs of their own have their value alone, of which nothing can be told. */
const samplesOf = ({ samples, value }: Row): readonly number[] => samples ?? [value];

/** The ratio of two samples of positive values, with its 95 % interval. */
function ratioOf(over: readonly number[], under: readonly number[], sign: 1 | -1) {
  const a = over.map(Math.log);
  const b = under.map(Math.log);
  const ratio = Math.exp(sign * (median(a) - median(b)));
  const [ma, mb, va, vb] = [mean(a), mean(b), variance(a) / a.length, variance(b) / b.length];
  const spread = va + vb;
  const unknown = { ratio, low: 0, high: Number.POSITIVE_INFINITY };
  if (a.length < 2 || b.length < 2 || !Number.isFinite(spread)) return unknown;
  if (spread === 0) return { ratio, low: ratio, high: ratio };
  const freedom = spread ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  const reach = studentQuantile(0.975, freedom) * Math.sqrt(spread);
  const centre = sign * (ma - mb);
  return { ratio, low: Math.exp(centre - reach), high: Math.exp(centre + reach) };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function variance(values: readonly number[]): number {
  const m = mean(values);
  return values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1);
}
