import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { type ExecutionBackend, loadJob } from '@millrace/core';
import { collectOutputs, ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import type job from './jobs/count-lines.ts';
import { Spool } from './spool.ts';

const url = new URL('./jobs/count-lines.ts', import.meta.url);

async function scene(backend: ExecutionBackend, spool: Spool) {
  const clock = new ManualClock(10_000);
  const warnings: string[] = [];
  const options = {
    clock,
    params: { directory: spool.path, bytesPerRange: 1000 },
    warn: (m: string) => void warnings.push(m),
  };
  const { ssc, streams } = await loadJob<typeof job>(url, { backend, ...options });
  const outputs = collectOutputs(streams.counts, 'counts');
  return { ssc, clock, streams, outputs, warnings };
}

test.each([
  ['single', () => single()],
  ['threads', () => threads({ workers: 2 })],
] as const)('on %s tasks read ranges, count what they drop, and name a file that is gone', async (_, make) => {
  using spool = new Spool();
  const { ssc, clock, streams, outputs, warnings } = await scene(make(), spool);
  const rows = (n: number) =>
    Array.from({ length: n }, (_, i) => (i % 100 === 99 ? 'bad\n' : `{"kind":"${i % 3}"}\n`)).join('');
  spool.put('plain.json', rows(1000), 10_500);
  spool.put('packed.json.gz', gzipSync(rows(500)), 10_500);
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const total = outputs[0]!.records.reduce((sum, [, n]) => sum + n, 0);
  expect(total).toBe(990 + 495);
  expect(streams.rows.dropped).toBe(15);
  expect(warnings).toEqual(['rows: 15 records could not be read and were dropped; 15 in all.']);
  const path = spool.put('gone.json', rows(3), 11_500);
  const { compute } = streams.rows;
  streams.rows.compute = (time) => {
    rmSync(path, { force: true });
    return compute.call(streams.rows, time);
  };
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  await expect(ssc.awaitTermination()).rejects.toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining(`The source rows failed: ${path} was there when it was chosen and is gone now`),
  });
});
