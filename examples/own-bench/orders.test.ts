import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Report } from '@millrace/bench';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'packages/bench/bin/millrace-bench.mjs');

test('the bench compares its outputs and writes its report', { timeout: 120_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-own-bench-'));
  try {
    const args = ['--conditions=@millrace/source', command, 'examples/own-bench/orders.bench.ts', '--dir', dir];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stdout).toContain('What each customer has spent');
    const report = JSON.parse(readFileSync(join(dir, 'latest.json'), 'utf8')) as Report;
    expect(report.complete).toBe(true);
    expect(report.rows.map(({ metric, contender, unit }) => `${metric}: ${contender}, ${unit}`)).toEqual([
      'throughput: hand-written loop, orders/s',
      'throughput: single, orders/s',
      'throughput: threads(2), orders/s',
      'throughput of a core: hand-written loop, orders/s',
      'throughput of a core: single, orders/s',
      'throughput of a core: threads(2), orders/s',
    ]);
    expect(readFileSync(join(dir, 'latest.html'), 'utf8')).toContain('<svg');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
