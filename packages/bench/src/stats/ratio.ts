import { studentQuantile } from './student.ts';

/** How many times as good something has become: over 1 is better, whatever is better for its metric. */
export interface Ratio {
  readonly ratio: number;
  /** Its interval. */
  readonly low: number;
  readonly high: number;
}

/**
 * How many times as good the later runs are: the ratio of their geometric means, with Welch's interval of the difference of their
 * logarithms around it. That holds for runs of unequal spread and, unlike a bootstrap, also for as few as five. It is not the
 * ratio of the medians that a report shows, whose interval is a worse one for few runs.
 *
 * Where a value is 0 or below, as counts can be, there are no logarithms: then it is of the means, with Welch's interval of their
 * difference. What was 0 and is not any more is infinitely better or worse (0 times as good); 0 and 0 are equal. It is never NaN.
 *
 * @param level chance that the interval leaves out the truth; the interval is from 0 to infinity where one of the samples is a value alone
 */
export function ratioOf(
  before: readonly number[],
  after: readonly number[],
  better: 'higher' | 'lower',
  level: number,
): Ratio {
  const positive = [...before, ...after].every((value) => value > 0);
  const log = (values: readonly number[]) => (positive ? values.map(Math.log) : values);
  const { base, change, reach } = difference(log(before), log(after), level);
  const times = (by: number): number => {
    if (positive) return Math.exp(better === 'higher' ? by : -by);
    return better === 'higher' ? quotient(base + by, base) : quotient(base, base + by);
  };
  const ends = [times(change - reach), times(change + reach)];
  if (reach === Number.POSITIVE_INFINITY) return { ratio: times(change), low: 0, high: Number.POSITIVE_INFINITY };
  return { ratio: times(change), low: Math.min(...ends), high: Math.max(...ends) };
}

/** Of values that may be 0 or below: those are infinitely far from what is above. */
function quotient(over: number, under: number): number {
  if (over === under) return 1;
  if (over > 0 && under > 0) return over / under;
  return over > under ? Number.POSITIVE_INFINITY : 0;
}

/** The mean before, how much more it is after, and how far its interval by Welch reaches to each side. */
function difference(before: readonly number[], after: readonly number[], level: number) {
  const [base, later] = [mean(before), mean(after)];
  const change = later - base;
  if (Math.min(before.length, after.length) < 2) return { base, change, reach: Number.POSITIVE_INFINITY };
  const [a, b] = [variance(before) / before.length, variance(after) / after.length];
  const spread = a + b;
  if (spread === 0) return { base, change, reach: 0 };
  const freedom = spread ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1));
  return { base, change, reach: studentQuantile(1 - level / 2, freedom) * Math.sqrt(spread) };
}

/** Of equal values it is their value to the last digit. */
function mean(values: readonly number[]): number {
  const [first = Number.NaN] = values;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function variance(values: readonly number[]): number {
  const m = mean(values);
  return values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1);
}
