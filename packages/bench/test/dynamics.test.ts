import type { SuiteResult } from '@millrace/bench';
import { expect, it } from 'vitest';
import { runIsolated } from '../src/run/isolate.ts';
import bench from './fixtures/dynamics.bench.ts';

const BENCH = new URL('./fixtures/dynamics.bench.ts', import.meta.url).href;
const WRONG = 'batches that differ from the reference';

/** One run of each contender, in a process of its own. */
const run = (suite: string): Promise<SuiteResult> =>
  runIsolated({ bench: BENCH, suite, quick: true, runs: 1, mostRuns: 1, deadline: null }, () => {});

/** The contenders of a metric, with their values. */
const valuesOf = ({ rows }: SuiteResult, metric: string): Record<string, number> =>
  Object.fromEntries(rows.filter((row) => row.metric === metric).map(({ contender, value }) => [contender, value]));

/** How many points each line of each chart has. */
const pointsOf = ({ series = [] }: SuiteResult) => series.map(({ lines }) => lines.map(({ points }) => points.length));

it('is a collection, and part of those of the workload', () => {
  expect(bench.suites.map(({ collections }) => collections)).toEqual(bench.suites.map(() => ['full', 'dynamics']));
}, 120_000);

it('shows a burst with the time until it is over, on every backend', async () => {
  const result = await run('totals.single-burst');
  expect(result.rows.map(({ contender, metric }) => [contender, metric])).toEqual([
    ['single', 'until latency is what it was'],
    ['threads(2)', 'until latency is what it was'],
  ]);
  expect(result.series?.map(({ title }) => title)).toEqual(['Latency around the burst, in the last run']);
  expect(pointsOf(result)).toEqual([[35, 35]]);
  expect(result.series?.[0]?.marks).toEqual([{ x: 0.2, label: 'burst' }]);
}, 120_000);

it('kills a worker and finds the results right: state comes back', async () => {
  const result = await run('totals.worker-kill');
  expect(valuesOf(result, WRONG)).toEqual({ 'threads(2)': 0 });
  expect(result.rows.map(({ metric }) => metric)).toEqual([
    'until latency is what it was',
    'longest batch from the loss on',
    'median batch before it',
    WRONG,
  ]);
  expect(pointsOf(result)).toEqual([[30], [30]]);
}, 120_000);

it('says how many batches differ from the reference', async () => {
  expect(valuesOf(await run('wrong.worker-kill'), WRONG)).toEqual({ 'threads(2)': 105 });
}, 120_000);

it('says where no backend has workers', async () => {
  await expect(run('alone.worker-kill')).rejects.toThrow('none of the backends (single) has workers');
}, 120_000);

it('kills the driver, and finds each record once in the state when it goes on', async () => {
  const result = await run('totals.driver-kill');
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
}, 120_000);

it('makes a worker slow, and has copies of its tasks win where there is speculation', async () => {
  const result = await run('totals.straggler');
  const names = ['threads(2)', 'threads(2), straggler', 'threads(2), straggler, speculation'];
  expect(valuesOf(result, WRONG)).toEqual(Object.fromEntries(names.map((name) => [name, 0])));
  expect(valuesOf(result, 'copies that won, of a batch')[names[2] as string]).toBeGreaterThan(0);
  expect(Object.keys(valuesOf(result, 'time of a batch, p95'))).toEqual(names);
  const slept = valuesOf(result, 'slept in a batch');
  expect(Object.keys(slept)).toEqual(names.slice(1));
  for (const ms of Object.values(slept)) expect(ms).toBeGreaterThan(0);
  expect(result.series?.[0]?.marks?.map(({ x }) => x)).toEqual([1, 2]);
  expect(pointsOf(result)).toEqual([
    [30, 30, 30],
    [30, 30, 30],
  ]);
}, 120_000);
