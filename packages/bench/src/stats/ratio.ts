import { studentQuantile } from './student.ts';

/** How many times as good something has become: over 1 is better, whatever is better for its metric. */
export interface Ratio {
  readonly ratio: number;
  /** Its interval. */
  readonly low: number;
  readonly high: number;
}

/** The values of a row, of each process that has measured it. */
export type Processes = readonly (readonly number[])[];

/**
 * How far processes that run the same program are from one another, as a standard deviation of logarithms: what the compiler has made
 * of it, where memory lies, who the neighbours are. The runs of one process do not show it, however many there are.
 */
const PROCESS_SPREAD = 0.1;
/** Of so many values that are all the same it is a count and no measurement: no machine and no process makes it another one. */
const LEAST_EQUAL = 3;
/** So many processes that were seen weigh as much as that expectation. */
const PROCESS_WEIGHT = 8;

/**
 * How many times as good the later values are: the ratio of the geometric means over processes, with an interval by Student's t of
 * the difference of their logarithms around it. How far processes are apart is estimated from what is expected of them and from what
 * is seen where there are several (a moderated t, as Smyth's limma has it for few replicates); their runs tell how well each process is
 * known. Where each side has the same value every time (bytes, tasks: what is counted), there is no spread, and the ratio is exact. It is
 * not the ratio of the medians that a report shows, whose interval is a worse one for few runs.
 *
 * Where a value is 0 or below, as counts can be, there are no logarithms: then it is of the means, with Welch's interval of the
 * difference of all values. What was 0 and is not any more is infinitely better or worse (0 times as good); 0 and 0 are equal. It is never
 * NaN.
 *
 * @param level chance that the interval leaves out the truth; the interval is from 0 to infinity where one of the samples is a value alone
 * @param allowance by how much more the logarithms may differ for reasons that are not the programs', such as a machine that has changed
 */
export function ratioOf(
  before: Processes,
  after: Processes,
  better: 'higher' | 'lower',
  level: number,
  allowance = 0,
): Ratio {
  const all = [...before.flat(), ...after.flat()];
  const positive = all.every((value) => value > 0);
  const { base, change, reach } = positive
    ? betweenProcesses(logarithms(before), logarithms(after), level)
    : difference(before.flat(), after.flat(), level);
  const times = (by: number): number => {
    if (positive) return Math.exp(better === 'higher' ? by : -by);
    return better === 'higher' ? quotient(base + by, base) : quotient(base, base + by);
  };
  if (isCount(before.flat()) && isCount(after.flat())) {
    const exact = times(change);
    return { ratio: exact, low: exact, high: exact };
  }
  const far = positive ? reach + allowance : reach;
  const ends = [times(change - far), times(change + far)];
  if (far === Number.POSITIVE_INFINITY) return { ratio: times(change), low: 0, high: Number.POSITIVE_INFINITY };
  return { ratio: times(change), low: Math.min(...ends), high: Math.max(...ends) };
}

function isCount(values: readonly number[]): boolean {
  return values.length >= LEAST_EQUAL && values.every((value) => value === values[0]);
}

const logarithms = (processes: Processes): Processes => processes.map((values) => values.map(Math.log));

/** Of values that may be 0 or below: those are infinitely far from what is above. */
function quotient(over: number, under: number): number {
  if (over === under) return 1;
  if (over > 0 && under > 0) return over / under;
  return over > under ? Number.POSITIVE_INFINITY : 0;
}

/** The mean before, how much more it is after, and how far the interval of that reaches to each side. */
interface Difference {
  readonly base: number;
  readonly change: number;
  readonly reach: number;
}

function betweenProcesses(before: Processes, after: Processes, level: number): Difference {
  const [base, later] = [mean(before.map(mean)), mean(after.map(mean))];
  const change = later - base;
  if (Math.min(before.flat().length, after.flat().length) < 2) return { base, change, reach: Number.POSITIVE_INFINITY };
  const freedom = PROCESS_WEIGHT + before.length - 1 + after.length - 1;
  const spread = varianceOfMean(before) + varianceOfMean(after);
  return { base, change, reach: studentQuantile(1 - level / 2, freedom) * Math.sqrt(spread) };
}

function varianceOfMean(processes: Processes): number {
  const several = processes.filter(({ length }) => length > 1);
  const within = several.length === 0 ? 0 : mean(several.map((values) => variance(values) / values.length));
  const expected = PROCESS_SPREAD ** 2 + within;
  const seen = processes.length < 2 ? 0 : variance(processes.map(mean)) * (processes.length - 1);
  const each = (PROCESS_WEIGHT * expected + seen) / (PROCESS_WEIGHT + processes.length - 1);
  return each / processes.length;
}

function difference(before: readonly number[], after: readonly number[], level: number): Difference {
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
