import { expect, it } from 'vitest';
import { comparisonText } from '../report/comparison.ts';
import type { Report } from '../report/report.ts';
import type { Row } from '../suite.ts';
import { compareReports } from './compare.ts';
import { estimate, seededRandom } from './stats.ts';

const row = (samples: readonly number[], about: Partial<Row> = {}): Row => ({
  suite: 'a',
  contender: 'single',
  metric: 'throughput',
  unit: 'records/s',
  better: 'higher',
  ...estimate(samples),
  samples,
  ...about,
});
const EMPTY = row([100]);
const report = (...rows: Row[]): Report => ({ rows, suites: [] }) as unknown as Report;
const verdictOf = (before: Row, after: Row) => compareReports(report(before), report(after)).rows[0]?.verdict;

/** Runs as noisy machines give them: a spread of some percent to each side, and now and then a run that was disturbed. */
function noisy(random: () => number, middle: number, runs: number): number[] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: runs }, () => middle * Math.exp(0.08 * normal()) * (random() < 0.1 ? 0.7 : 1));
}

it('says nothing of a result that is compared with itself', () => {
  const same = row([100, 110, 95, 105, 101]);
  const [compared] = compareReports(report(same), report(same)).rows;
  expect(compared).toMatchObject({ ratio: 1, verdict: 'cannot tell', drifted: false });
  expect(compareReports(report(row([7, 7, 7])), report(row([7, 7, 7]))).rows[0]).toMatchObject({
    ratio: 1,
    verdict: 'cannot tell',
  });
});

it('calls equal programs slower in at most 5 % of noisy pairs, with 5 runs and with 20', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  for (const runs of [5, 20]) {
    const random = seededRandom(seed + runs);
    // Verdicts come from the samples alone: intervals of the values are left out.
    const drawn = () => ({ ...EMPTY, samples: noisy(random, 100, runs) });
    let wrong = 0;
    // The promise is of the mean: over 1,000 pairs chance moves the share by less than 2 %.
    for (let pair = 0; pair < 1000; pair++) if (verdictOf(drawn(), drawn()) === 'slower') wrong++;
    expect(wrong / 1000, `seed ${seed}, ${runs} runs`).toBeLessThan(0.05);
  }
});

it('calls a row of 36 of equal programs slower in at most 5 % of comparisons', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const drawn = () =>
    report(...Array.from({ length: 36 }, (_, i) => ({ ...EMPTY, suite: `s${i}`, samples: noisy(random, 100, 5) })));
  let wrong = 0;
  for (let pair = 0; pair < 200; pair++)
    if (compareReports(drawn(), drawn()).rows.some(({ verdict }) => verdict === 'slower')) wrong++;
  // Over 200 pairs chance moves a share of 5 % by three times 1.5 % at most. Without a correction it is near 50 %.
  expect(wrong / 200, `seed ${seed}`).toBeLessThan(0.1);
});

it('calls equal programs slower in at most 5 % of comparisons where processes differ more than their runs do', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  for (const [apart, processes] of [
    [0.03, 1],
    [0.08, 1],
    [0.08, 3],
    [0.12, 3],
  ] as const) {
    const random = seededRandom(seed + processes);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const drawn = (suite: string) => {
      const samples = Array.from({ length: processes }, () => {
        const middle = 100 * Math.exp(apart * normal());
        return Array.from({ length: 5 }, () => middle * Math.exp(0.01 * normal()));
      });
      return { ...EMPTY, suite, samples: samples.flat(), processes: samples.map(({ length }) => length) };
    };
    const result = () => report(...['a', 'b', 'c', 'd', 'e'].map(drawn));
    let wrong = 0;
    for (let pair = 0; pair < 400; pair++)
      if (compareReports(result(), result()).rows.some(({ verdict }) => verdict === 'slower')) wrong++;
    // Chance moves a share of 5 % by three times 1.1 % at most. By the runs alone it is over 30 % at 3 % already.
    expect(wrong / 400, `seed ${seed}, processes ${100 * apart} % apart, ${processes} of them`).toBeLessThan(0.083);
  }
});

it('sees smaller changes in several processes than in one', () => {
  const five = (middle: number) => [0.99, 1, 1.01, 1, 1].map((by) => by * middle);
  expect(verdictOf(row(five(100)), row(five(80)))).toBe('cannot tell');
  const several = (middle: number) =>
    row(
      [0.98, 1, 1.02, 1.01, 0.99].flatMap((by) => five(by * middle)),
      { processes: [5, 5, 5, 5, 5] },
    );
  expect(verdictOf(several(100), several(80))).toBe('slower');
});

it('corrects for rows of which something can be told alone', () => {
  const [before, after] = [row([100, 103, 99, 101, 102]), row([70, 72, 69, 71, 71])];
  const others = (about: Partial<Row>) =>
    Array.from({ length: 36 }, (_, i) => row([1, 2], { suite: `s${i}`, ...about }));
  const compared = (about: Partial<Row>) =>
    compareReports(report(before, ...others(about)), report(after, ...others(about)));
  expect(compared({})).toMatchObject({ judged: 37, rows: [{ verdict: 'cannot tell' }, ...others({}).map(() => ({}))] });
  expect([compared({ samples: [1] }).judged, compared({ samples: [1] }).rows[0]?.verdict]).toEqual([1, 'slower']);
  expect(compared({ better: 'neither' }).judged).toBe(1);
});

it('compares values that have no logarithm, and never to NaN', () => {
  const count = (samples: readonly number[], better: Row['better'] = 'lower') =>
    row(samples, { metric: 'count', better });
  const compared = (before: Row, after: Row) => compareReports(report(before), report(after)).rows[0];
  const [none, some] = [
    [0, 0, 0, 0, 0],
    [50, 51, 49, 50, 50],
  ] as const;
  expect(compared(count(none), count(none))).toMatchObject({ ratio: 1, low: 1, high: 1, verdict: 'cannot tell' });
  expect(compared(count(none), count(some))).toMatchObject({ ratio: 0, low: 0, high: 0, verdict: 'slower' });
  const infinite = Number.POSITIVE_INFINITY;
  expect(compared(count(some), count(none))).toMatchObject({ ratio: infinite, verdict: 'faster' });
  expect(compared(count(none, 'higher'), count(some, 'higher'))).toMatchObject({ ratio: infinite, verdict: 'faster' });
  expect(compared(count(some, 'higher'), count(none, 'higher'))).toMatchObject({ ratio: 0, verdict: 'slower' });
  expect(compared(count([0, 9, 0, 8, 0]), count([0, 7, 0, 9, 0]))?.verdict).toBe('cannot tell');
  expect(compared(count([-1, -1]), count([1, 1]))).toMatchObject({ ratio: 0, verdict: 'slower' });
  expect(compared(count([0]), count([5]))).toMatchObject({ low: 0, high: infinite, verdict: 'cannot tell' });
});

it('takes what is the same every time for a count, of which each change is one', () => {
  const bytes = (value: number, about: Partial<Row> = {}) =>
    row([value, value, value, value], { metric: 'shuffled bytes', unit: 'B', better: 'lower', ...about });
  const others = Array.from({ length: 30 }, (_, i) => row([1, 2, 3], { suite: `s${i}` }));
  const compared = compareReports(
    report(bytes(100), ...others),
    report(bytes(101, { drifted: true, loopMs: 9 }), ...others),
  );
  const [first] = compared.rows;
  expect(first).toMatchObject({ verdict: 'slower', low: first?.ratio, high: first?.ratio });
  expect(first?.ratio).toBeCloseTo(100 / 101, 12);
  expect(verdictOf(bytes(101), bytes(100))).toBe('faster');
  expect(verdictOf(bytes(100), bytes(100))).toBe('cannot tell');
  expect(verdictOf(bytes(100), bytes(101, { samples: [101, 101, 101, 101.5] }))).toBe('cannot tell');
  expect(verdictOf(bytes(100), bytes(101, { samples: [101, 101] }))).toBe('cannot tell');
});

it('has one estimator: the ratio is in the middle of its interval', () => {
  // Of these the ratio of the medians is 2, outside of the interval of the means.
  const { ratio, low, high } = compareReports(report(row([1, 1, 1, 1.9, 2])), report(row([1, 1.1, 2, 2, 2]))).rows[0]!;
  expect(ratio / low).toBeCloseTo(high / ratio, 9);
});

it('takes one run for enough where something must not happen at all', () => {
  const wrong = (samples: readonly number[], about: Partial<Row> = {}) =>
    row(samples, { metric: 'batches that differ', better: 'lower', limit: 0, ...about });
  expect(verdictOf(wrong([0, 0, 0, 0, 0]), wrong([0, 0, 50, 0, 0]))).toBe('slower');
  expect(verdictOf(wrong([0, 0, 0, 0, 0]), wrong([0, 0, 50, 0, 0], { drifted: true }))).toBe('slower');
  expect(verdictOf(wrong([0, 0, 50, 0, 0]), wrong([0, 0, 50, 0, 0]))).toBe('cannot tell');
  expect(verdictOf(wrong([0, 0, 0, 0, 0]), wrong([0, 0, 50, 0, 0], { limit: 5 }))).toBe('cannot tell');
});

it('says what else differs, and judges no suite that measured something else', () => {
  const from = (about: string, more: Partial<Report>): Report =>
    ({ ...report(row(about === 'x' ? [1, 1] : [2, 2])), suites: [{ id: 'a', about }], ...more }) as unknown as Report;
  const machine = { cpuModel: 'one', cpus: 2, platform: 'linux x64', node: 'v24.0.0', quick: false };
  const same = compareReports(from('x', machine), { ...from('y', machine), suites: from('x', {}).suites });
  expect(same).toMatchObject({ differences: [], rows: [{ verdict: 'faster', redefined: false }] });
  const other = compareReports(from('x', machine), from('y', { ...machine, cpus: 4, quick: true }));
  expect(other).toMatchObject({
    differences: ['cpus: 2, then 4', 'quick: false, then true'],
    judged: 0,
    rows: [{ verdict: 'cannot tell', redefined: true }],
  });
  expect(comparisonText(other)).toContain('not the same: cpus: 2, then 4');
  expect(comparisonText(other)).toContain('measured something else');
});

it('sees what is clearly faster or slower, whichever way is better', () => {
  const fast = [200, 205, 198, 202, 201];
  const slow = [100, 103, 99, 101, 102];
  expect(verdictOf(row(slow), row(fast))).toBe('faster');
  expect(verdictOf(row(fast), row(slow))).toBe('slower');
  const time = { metric: 'time', unit: 'ms', better: 'lower' } as const;
  expect(verdictOf(row(slow, time), row(fast, time))).toBe('slower');
  const [compared] = compareReports(report(row(slow, time)), report(row(fast, time))).rows;
  expect(compared!.ratio).toBeCloseTo(0.5, 1);
  expect(compared!.low).toBeLessThan(compared!.ratio);
  expect(compared!.high).toBeGreaterThan(compared!.ratio);
});

it('tells nothing that the machine may have made, what it cannot have made all the same, and nothing of one value alone', () => {
  const slow = [100, 103, 99, 101, 102];
  const fast = slow.map((value) => 1.5 * value);
  expect(verdictOf(row(slow), row(fast))).toBe('faster');
  expect(verdictOf(row(slow), row(fast, { drifted: true }))).toBe('cannot tell');
  expect(verdictOf(row(slow, { loopMs: 5 }), row(fast, { loopMs: 5.2 }))).toBe('faster');
  expect(verdictOf(row(slow, { loopMs: 5 }), row(fast, { loopMs: 4 }))).toBe('cannot tell');
  expect(verdictOf(row(slow, { loopMs: 5 }), row(fast, { loopMs: 6.5 }))).toBe('cannot tell');
  const twentieth = slow.map((value) => value / 20);
  expect(verdictOf(row(slow, { loopMs: 5 }), row(twentieth, { loopMs: 6.5, drifted: true }))).toBe('slower');
  expect(verdictOf(row([100]), row([200]))).toBe('cannot tell');
});

it('names rows that only one of the results has, and leaves out what is neither better nor worse', () => {
  const before = report(
    row([1, 2]),
    row([1, 2], { contender: 'gone' }),
    row([1, 2], { metric: 'size', better: 'neither' }),
  );
  const after = report(row([1, 2]), row([1, 2], { suite: 'new' }), row([1, 2], { metric: 'size', better: 'neither' }));
  const { rows, onlyBefore, onlyAfter } = compareReports(before, after);
  expect(rows).toHaveLength(1);
  expect(onlyBefore).toEqual(['a: gone, throughput']);
  expect(onlyAfter).toEqual(['new: single, throughput']);
});
