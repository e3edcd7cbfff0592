import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import {
  type Backends,
  bursts,
  defineBench,
  driverKill,
  generatedLines,
  type Measure,
  type SuiteContext,
  type SuiteResult,
  type Workload,
  workerKill,
} from '@millrace/bench';
import { expect, it } from 'vitest';

/** Totals of words over all batches, as the job keeps them. */
function totals() {
  const counts = new Map<string, number>();
  return (lines: readonly string[]): [string, number][] => {
    const words = lines.flatMap((line) => line.split(' '));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...new Set(words)].map((word) => [word, counts.get(word) ?? 0]);
  };
}

const workload: Workload<string, [string, number]> = {
  id: 'totals',
  title: 'Totals of words',
  job: new URL('./fixtures/word-totals.job.ts', import.meta.url),
  input: generatedLines((n) => `line ${n % 13} of ${n % 7}`),
  batch: 20,
  reference: totals,
};
const backends: Backends = { single: () => single(), 'threads(2)': () => threads({ workers: 2 }) };
const context: SuiteContext = { quick: true, runs: 1, goOn: () => false, hasTime: () => false, progress: () => {} };
const load = { rate: 1000, intervalMs: 20, beforeMs: 200, afterMs: 400 };

function measured(measure: Measure, changes: Partial<typeof workload> = {}, on = backends): Promise<SuiteResult> {
  const [suite] = defineBench({ workloads: [{ ...workload, ...changes }], backends: on, measure: [measure] }).suites;
  expect(suite?.collections).toEqual(['full', 'dynamics']);
  return suite!.run(context);
}

/** The contenders of a metric, with their values. */
const valuesOf = ({ rows }: SuiteResult, metric: string) =>
  Object.fromEntries(rows.filter((row) => row.metric === metric).map(({ contender, value }) => [contender, value]));

const WRONG = 'batches that differ from the reference';

it('shows a burst with the time until it is over, on every backend', async () => {
  const { rows, series } = await measured(bursts({ ...load, burstMs: 100 }));
  expect(rows.map(({ contender, metric }) => [contender, metric])).toEqual([
    ['single', 'until latency is what it was'],
    ['threads(2)', 'until latency is what it was'],
  ]);
  expect(series?.map(({ title }) => title)).toEqual(['Latency around the burst, in the last run']);
  expect(series?.[0]?.lines.map(({ points }) => points.length)).toEqual([35, 35]);
  expect(series?.[0]?.marks).toEqual([{ x: 0.2, label: 'burst' }]);
});

it('kills a worker and finds the results right: state comes back', async () => {
  const result = await measured(workerKill(load));
  expect(valuesOf(result, WRONG)).toEqual({ 'threads(2)': 0 });
  expect(result.rows.map(({ metric }) => metric)).toEqual([
    'until latency is what it was',
    'longest batch from the loss on',
    'median batch before it',
    WRONG,
  ]);
  expect(result.series?.map(({ lines }) => lines.map(({ points }) => points.length))).toEqual([[30], [30]]);
});

it('says how many batches differ from the reference', async () => {
  const off = () => {
    const right = totals();
    return (lines: readonly string[]): [string, number][] => [...right(lines), ['more', 1]];
  };
  expect(valuesOf(await measured(workerKill(load), { reference: off }), WRONG)).toEqual({ 'threads(2)': 105 });
});

it('says where no backend has workers', async () => {
  const alone = measured(workerKill(load), {}, { single: () => single() });
  await expect(alone).rejects.toThrow('none of the backends (single) has workers');
});

it('kills the driver, and finds each record once in the state when it goes on', async () => {
  const result = await measured(driverKill(load));
  expect(valuesOf(result, WRONG)).toEqual({ single: 0, 'threads(2)': 0 });
  const times = [
    'from the kill until the engine is loaded',
    'from the kill until the job has started',
    'from the kill until its first batch is complete',
    'from the kill until no batch waits',
  ].map((metric) => valuesOf(result, metric).single ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times[0]).toBeGreaterThan(0);
  for (const { lines } of result.series ?? [])
    for (const { points } of lines) expect(points.map(([x]) => Math.round(x * 50))).toEqual([...Array(30).keys()]);
});
