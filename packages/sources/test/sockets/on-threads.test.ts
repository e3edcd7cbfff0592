import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { expect, test } from 'vitest';
import type socketLines from '../jobs/socket-lines.ts';
import { SenderServer, sender } from './peers.ts';

const JOB = new URL('../jobs/socket-lines.ts', import.meta.url);
const cases = [
  ['single', 'driver'],
  ['single', 'worker'],
  ['threads(2)', 'driver'],
  ['threads(2)', 'worker'],
] as const;

const made: unknown[] = [];

test.each(cases)('sources on %s receive in the %s', async (name, runOn) => {
  const server = await SenderServer.open();
  const { ssc, streams } = await loadJob<typeof socketLines>(JOB, {
    backend: name === 'single' ? single() : threads({ workers: 2 }),
    params: { port: server.port, runOn },
    warn: () => {},
  });
  const got: Record<string, unknown[]> = {};
  const complete = Promise.withResolvers<void>();
  const wanted = { lines: 300, parsed: 300, server: 200, made: 100 } as const;
  for (const [key, stream] of Object.entries(streams)) {
    got[key] = [];
    (stream as typeof streams.lines).foreachRDD(
      async (rdd) => {
        got[key].push(...(await rdd.collect()));
        if (Object.entries(wanted).every(([k, n]) => got[k].length >= n)) complete.resolve();
      },
      { name: `out-${key}` },
    );
  }
  const where: string[] = [];
  ssc.addStreamingListener({ onReceiverStarted: ({ receiverInfo }) => void where.push(receiverInfo.location) });
  await ssc.start();
  const text = Array.from({ length: 300 }, (_, i) => `line ${i} €`);
  for (const n of [0, 1]) (await server.connection(n)).write(`${text.join('\n')}\n`);
  const { port } = await streams.server.listening;
  const socket = await sender(port);
  socket.write(`${text.slice(0, 200).join('\n')}\n`);
  await complete.promise;
  await ssc.stop({ graceful: true });
  socket.destroy();
  await server.close();
  expect(got['lines']).toEqual(text);
  expect(got['parsed']).toEqual(text.map((line) => ({ text: line, bytes: Buffer.byteLength(line) })));
  expect(got['server']).toEqual(text.slice(0, 200));
  expect(where).toEqual(Array(3).fill(runOn));
  // The same records on every backend.
  made.push(got['made']);
  expect(got['made']).toEqual(made[0]);
});
