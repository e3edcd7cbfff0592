import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { InputDStream, StreamingContext } from '@millrace/core';
import { registerCases, type SourceUnderTest, sourceConformance } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import {
  lengthPrefixed,
  type SocketServerInputDStream,
  socketServerStream,
  socketStream,
  socketTextStream,
} from '../../src/sockets/index.ts';
import { SenderServer, sender } from './peers.ts';

/** Sends, and waits until the source has it, or has hung up. */
async function send(stream: InputDStream<unknown>, socket: Socket, bytes: Uint8Array, records: number): Promise<void> {
  const goal = (stream.flow()?.waitingRecords ?? 0) + records;
  socket.write(bytes);
  while (!socket.destroyed && (stream.flow()?.waitingRecords ?? 0) < goal)
    await new Promise((resolve) => setImmediate(resolve));
}

/** A source that connects to a server of the test. */
async function client<T>(parts: {
  make(ssc: StreamingContext, port: number): InputDStream<T>;
  record(i: number): T;
  bytes(record: T): Uint8Array;
}): Promise<SourceUnderTest<T>> {
  const server = await SenderServer.open();
  let stream: InputDStream<T> | null = null;
  return {
    make(ssc) {
      const made = parts.make(ssc, server.port);
      stream ??= made;
      return made;
    },
    async feed(records) {
      const socket = await server.connection(0);
      await send(stream!, socket, Buffer.concat(records.map(parts.bytes)), records.length);
    },
    record: parts.record,
    contacts: () => server.sockets.length,
    close: () => server.close(),
  };
}

registerCases(
  'socketTextStream',
  sourceConformance(() =>
    client<string>({
      make: (ssc, port) => socketTextStream(ssc, { host: '127.0.0.1', port }),
      record: (i) => `line ${i} €`,
      bytes: (line) => Buffer.from(`${line}\n`),
    }),
  ),
  { describe, it },
);

registerCases(
  'socketStream',
  sourceConformance(() =>
    client<{ n: number }>({
      make: (ssc, port) =>
        socketStream(ssc, {
          host: '127.0.0.1',
          port,
          framing: lengthPrefixed({ bytes: 1 }),
          decode: (frame) => ({ n: frame.readUInt16BE(0) }),
        }),
      record: (n) => ({ n }),
      bytes: ({ n }) => Buffer.from([2, n >> 8, n & 255]),
    }),
  ),
  { describe, it },
);

registerCases(
  'socketServerStream',
  sourceConformance<string>(() => {
    let stream: SocketServerInputDStream<string> | null = null;
    let socket: (Socket & { heard: string }) | null = null;
    return {
      make(ssc) {
        const made = socketServerStream(ssc, { port: 0 });
        stream ??= made;
        return made;
      },
      async feed(records) {
        socket ??= await sender((await stream!.listening).port);
        await send(stream!, socket, Buffer.from(records.map((line) => `${line}\n`).join('')), records.length);
      },
      record: (i) => `line ${i}`,
      async close() {
        if (socket === null || socket.closed) return;
        socket.destroy();
        await once(socket, 'close');
      },
    };
  }),
  { describe, it },
);
