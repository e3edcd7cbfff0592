import { runBench } from '@millrace/bench';
import { afterEach, expect, it, vi } from 'vitest';

const HANGING = new URL('./fixtures/hanging.bench.ts', import.meta.url);
afterEach(() => void vi.unstubAllEnvs());

it.each(['single', 'threads'])(
  'ends a suite that hangs on %s, and goes on with the others',
  async (backend) => {
    vi.stubEnv('HANGING_ON', backend);
    // As long as it takes to be heard of at all is enough: it is ended either way, and the other one has its own time.
    const report = await runBench(HANGING, { collection: 'all', silentMs: 2500 });
    expect(report.suites.map(({ id, failure }) => [id, failure?.slice(0, 41)])).toEqual([
      ['hanging.throughput', 'nothing was heard of it for 2.5 s, neithe'],
      ['quiet', undefined],
    ]);
    expect(report.rows.map(({ suite }) => suite)).toEqual(['quiet']);
  },
  60_000,
);

it('waits as long as a suite says that it may be silent', async () => {
  // No process is there within a millisecond.
  const report = await runBench(HANGING, { only: ['quiet'], silentMs: 1 });
  expect(report.suites.map(({ failure }) => failure)).toEqual([undefined]);
}, 60_000);
