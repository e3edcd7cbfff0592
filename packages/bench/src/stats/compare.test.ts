import { expect, it } from 'vitest';
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
const report = (...rows: Row[]): Report => ({ rows }) as unknown as Report;
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

it('tells nothing where the machine had changed, or where there is one value alone', () => {
  const fast = [200, 205, 198, 202, 201];
  expect(verdictOf(row([100, 101, 102]), row(fast, { drifted: true }))).toBe('cannot tell');
  expect(verdictOf(row([100, 101, 102], { loopMs: 5 }), row(fast, { loopMs: 5.2 }))).toBe('faster');
  expect(verdictOf(row([100, 101, 102], { loopMs: 5 }), row(fast, { loopMs: 4 }))).toBe('cannot tell');
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
