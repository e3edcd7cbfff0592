import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { SlabReads } from './slab-reads.ts';

let server: Server | null = null;
afterEach(() => server?.close());

/** A connection over slabs to somebody who sends chunks and ends. */
async function reading(chunks: Iterable<Buffer>) {
  server = createServer(async (peer) => {
    peer.on('error', () => {});
    for (const chunk of chunks) if (!peer.write(chunk)) await once(peer, 'drain');
    peer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reads = new SlabReads();
  const socket = connect({ port: (server.address() as AddressInfo).port, onread: reads.options });
  reads.socket = socket;
  return socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

test('chunks lie in shared memory, one behind the other, and are what was sent, however slowly they are read', async () => {
  const sent = Array.from({ length: 200 }, (_, i) => Buffer.alloc(10_000, i));
  const chunks: Buffer[] = [];
  for await (const chunk of await reading(sent)) {
    chunks.push(chunk);
    // The sender fills all buffers meanwhile.
    if (chunks.length % 5 === 0) await new Promise(setImmediate);
  }
  // Looked at when all have come: no read has written over another.
  expect(Buffer.concat(chunks).equals(Buffer.concat(sent))).toBe(true);
  for (const { buffer } of chunks) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  // Two million bytes in slabs of a quarter of a million, each filled but for its end.
  const slabs = new Set(chunks.map(({ buffer }) => buffer));
  expect(slabs.size).toBeLessThanOrEqual(9);
});

test('slabs that nobody needs any more are collected, though V8 does not count them', async () => {
  // A young generation as large as that of a process that has run for a while: nothing else would have it collected.
  const program = `
    const { SlabReads } = await import(${JSON.stringify(new URL('./slab-reads.ts', import.meta.url))});
    const { buffer, callback } = new SlabReads().options;
    let most = 0;
    for (let i = 0; i < 8192; i++) {
      const room = buffer();
      callback(room.length, room);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      await new Promise(setImmediate);
    }
    console.log(most);`;
  const flags = ['--min-semi-space-size=64', '--max-semi-space-size=64', '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', program]);
  expect(Number(stdout)).toBeGreaterThan(0);
  // Two thousand millions have been read.
  expect(Number(stdout)).toBeLessThan(512 * 2 ** 20);
});
