import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { InputDStream } from '@millrace/core';
import { registerCases, sourceConformance } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { webSocketStream } from './index.ts';

registerCases(
  'webSocketStream',
  sourceConformance<unknown>(async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const connected = Promise.withResolvers<WebSocket>();
    let contacts = 0;
    server.on('connection', (socket) => {
      contacts++;
      connected.resolve(socket);
    });
    let stream: InputDStream<unknown> | null = null;
    return {
      make(ssc) {
        const made = webSocketStream<unknown>(ssc, {
          url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
          decode: 'json',
        });
        stream ??= made;
        return made;
      },
      async feed(records) {
        const socket = await connected.promise;
        const waiting = () => stream!.flow()?.waitingRecords ?? 0;
        const goal = waiting() + records.length;
        for (const record of records) socket.send(JSON.stringify(record));
        while (socket.readyState === socket.OPEN && waiting() < goal) await new Promise((done) => setImmediate(done));
      },
      record: (i) => ({ id: i }),
      contacts: () => contacts,
      async close() {
        for (const client of server.clients) client.terminate();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
  }),
  { describe, it },
);
