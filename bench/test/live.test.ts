import { runBench } from '@millrace/bench';
import { expect, it } from 'vitest';

const LIVE = new URL('./fixtures/live.bench.ts', import.meta.url);

it('measures a job that reads from a source of its own', async () => {
  const report = await runBench(LIVE, { only: ['socket'], quick: true });
  expect(report.suites.map(({ id, failure }) => [id, failure])).toEqual([
    ['socket.throughput', undefined],
    ['socket.latency-2000-20ms', undefined],
    ['socket.cost', undefined],
  ]);
  const row = (suite: string, metric: string) =>
    report.rows.find((each) => each.suite === suite && each.metric === metric);
  expect(row('socket.throughput', 'throughput')).toMatchObject({ contender: 'single', runs: 5, unit: 'lines/s' });
  expect(row('socket.latency-2000-20ms', 'latency')).toMatchObject({ contender: 'single: p50' });
  expect(row('socket.cost', 'tasks of a batch')!.value).toBeGreaterThan(0);
}, 120_000);

it('compares each batch that the job has cut with the reference', async () => {
  const report = await runBench(LIVE, { only: ['wrong.throughput'], quick: true });
  expect(report.suites[0]?.failure).toMatch(/^OutputDiffers: batch \d+: single delivered/);
}, 60_000);

it('is told what the job fails with', async () => {
  const report = await runBench(LIVE, { only: ['failing.throughput'], quick: true });
  expect(report.suites[0]?.failure).toContain('a line that cannot be read');
}, 60_000);
