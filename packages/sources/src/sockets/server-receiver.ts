import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Receiver } from '@millrace/core';
import { addressText, listenOn } from '@millrace/core/connector';
import type { MakeInlet } from './connection/inlet.ts';
import { Sender } from './connection/sender.ts';
import type { ServerSettings } from './server-options.ts';

/** How long a sender may take to agree on TLS, in ms. */
const HANDSHAKE_MS = 10_000;

/** Listens, and receives from whoever connects. */
export class SocketServerReceiver<T> extends Receiver<T> {
  readonly #settings: ServerSettings;
  readonly #makeInlet: MakeInlet<T>;
  /** The port that was got: after a restart the senders shall find it again. */
  #port: number;
  #server: Server | null = null;
  /** All sockets, also those that have not agreed on TLS. */
  readonly #sockets = new Set<Socket>();
  readonly #senders = new Set<Sender>();

  constructor(settings: ServerSettings, makeInlet: MakeInlet<T>) {
    super();
    this.#settings = settings;
    this.#makeInlet = makeInlet;
    this.#port = settings.port;
  }

  override async onStart(): Promise<void> {
    const { owner, host } = this.#settings;
    const server = this.#create();
    this.#server = server;
    const { address, port } = await listenOn(owner, server, { host, port: this.#port });
    if (this.#server !== server) {
      server.close();
      return;
    }
    server.on('error', (e) => this.restart(`${owner}: it cannot listen any more`, e));
    this.#port = port;
    this.announce({ address, port });
  }

  override onStop(): void {
    this.#server?.close();
    this.#server = null;
    const accepted = this.#senders.size > 0 && this.#settings.ack;
    for (const sender of this.#senders) sender.close();
    this.#senders.clear();
    if (!accepted) for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #create(): Server {
    const { tls, ack, keepAliveMs, maxConnections } = this.#settings;
    const options = {
      allowHalfOpen: ack,
      noDelay: ack,
      ...(keepAliveMs === null ? {} : { keepAlive: true, keepAliveInitialDelay: keepAliveMs }),
    };
    const server =
      tls === null
        ? createTcpServer(options, (socket) => this.#accept(socket))
        : createTlsServer({ handshakeTimeout: HANDSHAKE_MS, ...tls, ...options }, (socket) => this.#accept(socket));
    server.maxConnections = maxConnections;
    server.on('drop', () => this.countRefused(1));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('tlsClientError', () => {
      this.countRefused(1);
      this.reportError(`${this.#settings.owner}: a sender did not agree on TLS`);
    });
    return server;
  }

  #accept(socket: Socket): void {
    // Who reads hears of an error; between two reads nobody does.
    socket.on('error', () => {});
    const peer = addressText(socket.remoteAddress ?? 'somewhere', socket.remotePort ?? 0);
    const sender = new Sender(this as Receiver<unknown>, this.#settings, socket, this.#makeInlet(this, peer));
    this.#senders.add(sender);
    void sender.run().then(() => this.#senders.delete(sender));
  }
}
