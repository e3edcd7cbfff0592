import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { collectOutputs, runBatches } from '../../../packages/core/src/testing/index.ts';
import { socketTextStream } from '../../../packages/sources/src/sockets/index.ts';
import { VectorFailure } from '../check.ts';
import { scriptedContext } from '../scripts/scripted.ts';
import type { CallTable } from './table.ts';

const BATCH_MS = 100;

/** What a stream gets from a server that sends these chunks, one batch and more apart. */
async function received(chunks: readonly Uint8Array[], wanted: number): Promise<readonly string[]> {
  const { ssc, clock } = scriptedContext(BATCH_MS);
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stream = socketTextStream(ssc, { host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const outputs = collectOutputs<string>(stream);
  try {
    const connected = once(server, 'connection');
    await ssc.start();
    const [socket] = (await connected) as [Socket];
    for (const chunk of chunks) {
      await new Promise((resolve) => socket.write(chunk, resolve));
      await runBatches(ssc, clock, 1);
    }
    const numRecords = () => outputs.reduce((n, batch) => n + batch.records.length, 0);
    while (numRecords() < wanted) await runBatches(ssc, clock, 1);
    // Nothing comes behind.
    await runBatches(ssc, clock, 3);
    return outputs.flatMap((batch) => batch.records);
  } finally {
    await ssc.stop();
    server.close();
  }
}

/** The chunks as they are, and the same bytes cut in all other ways that matter: the records are the same. */
async function socketText(chunks: readonly string[]): Promise<readonly string[]> {
  const text = chunks.join('');
  const wanted = text.split('\n').length - 1;
  const bytes = Buffer.from(text);
  const first = await received(
    chunks.map((chunk) => Buffer.from(chunk)),
    wanted,
  );
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const again = await received(pieces, wanted);
    if (JSON.stringify(again) !== JSON.stringify(first)) throw new VectorFailure(`in pieces of ${size}`, first, again);
  }
  return first;
}

/** Sockets. */
export const socketCalls: CallTable = {
  socketTextStream: () => (chunks) => socketText(chunks as string[]),
};
