import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Receiver } from '@millrace/core';
import { addressText, listenOn } from '@millrace/core/connector';
import type { HttpSettings } from './http-options.ts';
import { RequestHandler } from './request-handler.ts';

/** Where an `httpStream` listens. */
export interface HttpAddress {
  readonly host: string;
  /** The real one, also where 0 was asked for. */
  readonly port: number;
  /** What senders post to. */
  readonly url: string;
}

/** Turns of the event loop that answers get to leave before connections are closed. */
const TURNS_TO_LEAVE = 3;

/** The receiver of `httpStream`: a server that takes records in. Announces its `HttpAddress`. */
export class HttpReceiver<T> extends Receiver<T> {
  readonly #settings: HttpSettings<T>;
  #server: Server | null = null;
  #handler: RequestHandler<T> | null = null;
  readonly #sockets = new Set<Socket>();
  /** The port of the first start, so that senders find it again after a restart. */
  #port: number;

  constructor(settings: HttpSettings<T>) {
    super();
    this.#settings = settings;
    this.#port = settings.port;
  }

  override async onStart(): Promise<void> {
    const { host, path, tls } = this.#settings;
    const handler = new RequestHandler(this.#settings, this as Receiver<unknown>);
    const server = this.#makeServer(handler);
    const { port } = await listenOn('httpStream', server, { host, port: this.#port });
    this.#port = port;
    this.#handler = handler;
    this.#server = server;
    server.on('error', (e) => this.restart('The server failed', e));
    const url = `${tls === null ? 'http' : 'https'}://${addressText(host, port)}${path}`;
    this.announce({ host, port, url } satisfies HttpAddress);
  }

  override async onStop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await this.#handler?.stop();
    for (let turn = 0; turn < TURNS_TO_LEAVE && this.#sockets.size > 0; turn++) await this.clock.breathe();
    // What is left sends nothing that anybody will read: idle connections, and handshakes that are not complete.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #makeServer(handler: RequestHandler<T>): Server {
    const { tls, maxHeaderBytes, maxConnections, requestTimeoutMs, idleTimeoutMs } = this.#settings;
    const options = {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      // Node looks for late requests so often.
      connectionsCheckingInterval: Math.min(5000, Math.max(50, Math.ceil(requestTimeoutMs / 4))),
    };
    const server =
      tls === null
        ? createServer(options)
        : createTlsServer({ handshakeTimeout: requestTimeoutMs, ...options, ...tls });
    server.maxConnections = maxConnections;
    server.on('request', (request, response) => void handler.handle(request, response, false));
    server.on('checkContinue', (request, response) => void handler.handle(request, response, true));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    return server;
  }
}
