import type { DStream } from '@millrace/core';
import type { WebSocket } from 'ws';
import { refusal } from '../serving/admit.ts';
import { refuseUpgrade } from '../serving/listener.ts';
import type { Wire } from '../serving/outbox.ts';
import { type LiveServer, type Protocol, serve } from '../serving/serve.ts';
import { type ServeOptions, type ServeUnit, serveSettings } from '../serving/serve-options.ts';
import { loadWs } from './load-ws.ts';

/** Options of `toWebSocketServer`. */
export type WebSocketServerOptions<T> = ServeOptions & ServeUnit<T, string | Uint8Array>;

/** Longest message that a client may send. Nothing is done with it: clients are here to listen. */
const MAX_PAYLOAD = 4096;
/** Close code for "the server goes away". */
const GOING_AWAY = 1001;

/**
 * Sends a stream's batches to all clients of a WebSocket server: for pages that show results as they come. Needs the package `ws`.
 *
 * The server listens when `start()` of the context has resolved and closes when it has stopped, after what was on its way
 * to the clients. A message is JSON of `{ time, records }`, one for each batch; with `unit: 'record'` one for each record. Bytes from `serialize`
 * go out as binary messages.
 *
 * Delivery: each client gets the batches that end while it is connected, in order, at most once; nothing is kept for later
 * but the last batch with `replayLast`. What waits for a client is bounded by `maxBufferedBytes`. When it is
 * slow the oldest messages are thrown away and `dropped` counts; or the batch waits, and the job with it, for as long as the client shows signs of life;
 * or the client is disconnected. While nobody is connected nothing is computed.
 *
 * It binds to 127.0.0.1 unless told otherwise. Tokens are asked for as `Authorization: Bearer` or, for pages, as
 * `?access_token=`. Pages of other origins have to be named in `origins`.
 *
 * The server is on the driver. With a job module attach it after `loadJob`, so that it is no part of what workers build.
 *
 * @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN; at start MR_LISTEN for a port that cannot be had, MR_MISSING_PACKAGE
 * @example
 * ```ts
 * const live = toWebSocketServer(counts, { port: 0, path: '/counts', replayLast: true, name: 'live' });
 * await ssc.start();
 * const { url } = await live.listening;
 * console.log(`open a WebSocket to ${url}`);
 * ```
 */
export function toWebSocketServer<T>(stream: DStream<T>, options: WebSocketServerOptions<T>): LiveServer {
  return serve(stream, serveSettings('toWebSocketServer', options), webSockets);
}

const webSockets: Protocol = {
  scheme: 'ws',
  frame(content) {
    if (typeof content === 'string' || content instanceof Uint8Array) return content;
    throw new TypeError(`serialize returned ${content === null ? 'null' : typeof content}, not a text or bytes`);
  },
  async routes(gate) {
    const { WebSocketServer } = await loadWs();
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD,
    });
    return {
      async upgrade(request, socket, head, url) {
        const drop = () => socket.destroy();
        socket.on('error', drop);
        const status = await refusal(request, url, gate);
        socket.off('error', drop);
        if (status !== null) refuseUpgrade(socket, status);
        else if (!socket.destroyed) {
          server.handleUpgrade(request, socket, head, (client) => {
            const wire = new WebSocketWire(client);
            const { left } = gate.audience.join(wire);
            client.on('close', left);
          });
        }
      },
    };
  },
};

/** A client's WebSocket. */
class WebSocketWire implements Wire {
  readonly #socket: WebSocket;
  #heard = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    const heard = () => {
      this.#heard = true;
    };
    socket.on('pong', heard);
    socket.on('message', heard);
    // `close` follows.
    socket.on('error', () => socket.terminate());
  }

  send(data: string | Uint8Array, sent: () => void): void {
    this.#socket.send(data, { binary: typeof data !== 'string' }, () => sent());
  }

  ping(): void {
    this.#heard = false;
    this.#socket.ping(() => {});
  }

  heard(): boolean {
    return this.#heard;
  }

  end(): void {
    this.#socket.close(GOING_AWAY);
  }

  destroy(): void {
    this.#socket.terminate();
  }
}
