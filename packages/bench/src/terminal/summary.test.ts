import { expect, it } from 'vitest';
import type { Report } from '../report/report.ts';
import { summary } from './summary.ts';

it('names the suites that failed, at the end', () => {
  const suite = { title: 't', group: 'g', about: '', seconds: 1, command: 'c' };
  const suites = [
    { ...suite, id: 'broken', failure: 'it broke' },
    { ...suite, id: 'well' },
  ];
  const report = { suites, rows: [], ratios: {}, seconds: 1, commit: 'c0ffee', cpus: 2, cpuModel: 'one', node: 'v24' };
  const parts = summary(report as unknown as Report).split('\n\n');
  expect(parts).toEqual(['FAILED broken: it broke', expect.stringContaining('commit c0ffee')]);
});
