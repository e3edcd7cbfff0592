import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { readObjectFile } from '../src/files/index.ts';
import type saving from './jobs/saving.ts';

const JOB = new URL('./jobs/saving.ts', import.meta.url);

test('workers save and send their partitions, also when one of them dies in the middle', async () => {
  const work = mkdtempSync(join(tmpdir(), 'millrace-saving-'));
  const sent: string[] = [];
  const http = createServer((request, response) => {
    request.on('data', (body) => sent.push(`${request.headers['idempotency-key']} ${body}`));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const clock = new ManualClock();
  try {
    const { ssc } = await loadJob<typeof saving>(JOB, {
      backend: threads({ workers: 2 }),
      clock,
      warn: () => {},
      params: {
        prefix: join(work, 'out'),
        url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
        died: new SharedArrayBuffer(4),
      },
    });
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    await ssc.awaitTermination();
    const directory = join(work, 'out-1000.json');
    expect(readdirSync(directory).sort()).toEqual(['_SUCCESS', 'part-00000', 'part-00001']);
    const parts = ['part-00000', 'part-00001'].map((name) => readFileSync(join(directory, name), 'utf8'));
    expect(parts).toEqual(['1\n2\n', '3\n4\n']);
    const objects: unknown[] = [];
    for await (const n of readObjectFile(join(work, 'out-1000.objects'))) objects.push(n);
    expect(objects).toEqual([1, 2, 3, 4]);
    expect(sent.sort()).toEqual([
      'saving/httpSink-1/1000/0/0 [1]',
      'saving/httpSink-1/1000/0/1 [2]',
      'saving/httpSink-1/1000/1/0 [3]',
      'saving/httpSink-1/1000/1/1 [4]',
    ]);
  } finally {
    http.close();
    http.closeAllConnections();
    rmSync(work, { recursive: true, force: true });
  }
});
