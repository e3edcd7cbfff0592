import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { error } from '@millrace/core/connector';
import type { ServeSettings } from './serve-options.ts';

/** Where a sink can be reached. */
export interface ListenAddress {
  readonly host: string;
  /** The real one, also when 0 was asked for. */
  readonly port: number;
  /** With scheme and path, for clients. */
  readonly url: string;
}

/** Takes the requests for the sink's path. */
export interface Routes {
  readonly request?: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, url: URL) => Promise<void>;
}

/** Bounds on what a connection may take before it has asked for something. */
const HEADERS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 5000,
};
/** Connections beyond the clients: those that are about to be refused. */
const SPARE_CONNECTIONS = 64;

type Requested = (request: IncomingMessage, response: ServerResponse) => void;

/** Listens for a sink: on a server of its own, or on one that the program has. */
export class Listener {
  /** Resolves when clients can connect. */
  readonly listening: Promise<ListenAddress>;
  readonly #settings: ServeSettings;
  readonly #scheme: 'http' | 'ws';
  readonly #listening = Promise.withResolvers<ListenAddress>();
  #own: Server | null = null;
  #detach: () => void = () => {};

  constructor(settings: ServeSettings, scheme: 'http' | 'ws') {
    this.#settings = settings;
    this.#scheme = scheme;
    this.listening = this.#listening.promise;
    // Who does not ask gets the error from start().
    this.listening.catch(() => {});
  }

  /** Begins. @throws MR_LISTEN */
  async open(routes: Routes): Promise<void> {
    const { server } = this.#settings;
    if (server !== null) {
      this.#attach(server, routes);
      const tell = () => this.#listening.resolve(this.#address(server));
      if (server.listening) tell();
      else {
        server.once('listening', tell);
        const detach = this.#detach;
        this.#detach = () => {
          server.off('listening', tell);
          detach();
        };
      }
      return;
    }
    const own = createServer(HEADERS);
    own.maxConnections = this.#settings.maxClients + SPARE_CONNECTIONS;
    this.#attach(own, routes);
    await this.#listen(own);
    this.#own = own;
    this.#listening.resolve(this.#address(own));
  }

  /** Ends. @param reason why it never began, if it did not */
  async close(reason: unknown): Promise<void> {
    const { label } = this.#settings;
    this.#listening.reject(
      reason ??
        error('MR_LISTEN', { what: label, address: this.#asked, reason: 'the context was stopped before that' }),
    );
    this.#detach();
    const own = this.#own;
    if (own === null) return;
    await new Promise<void>((resolve) => {
      own.close(() => resolve());
      own.closeAllConnections();
    });
  }

  #listen(own: Server): Promise<void> {
    const { port, host, label } = this.#settings;
    return new Promise((resolve, reject) => {
      own.once('error', (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === 'EADDRINUSE' ? 'the port is in use' : (cause.code ?? cause.message);
        reject(error('MR_LISTEN', { what: label, address: this.#asked, reason }, { cause }));
      });
      own.listen({ port, host }, () => {
        own.removeAllListeners('error');
        // A connection that cannot be accepted is that client's trouble, not the job's.
        own.on('error', () => {});
        resolve();
      });
    });
  }

  get #asked(): string {
    return `${this.#settings.host}:${this.#settings.port}`;
  }

  #attach(server: Server | SecureServer, { request, upgrade }: Routes): void {
    const mine = this.#settings.server === null;
    // A request has one answer: those for this path must not reach the program's own listeners, which would say 404.
    const others = server.listeners('request') as Requested[];
    const onRequest: Requested = (incoming, response) => {
      const url = urlOf(incoming);
      if (request !== undefined && url?.pathname === this.#settings.path)
        request(incoming, response, url).catch(() => response.destroy());
      else if (mine) refuse(response, url === null ? 400 : upgrade === undefined ? 404 : 426);
      else for (const other of others) other.call(server, incoming, response);
    };
    const onUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      const url = urlOf(incoming);
      if (upgrade !== undefined && url?.pathname === this.#settings.path)
        upgrade(incoming, socket, head, url).catch(() => socket.destroy());
      // Nobody else would ever close it.
      else if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404);
    };
    if (mine || request !== undefined) {
      server.removeAllListeners('request');
      server.on('request', onRequest);
    }
    if (upgrade !== undefined) server.on('upgrade', onUpgrade);
    this.#detach = () => {
      server.off('upgrade', onUpgrade);
      if (!server.listeners('request').includes(onRequest)) return;
      server.off('request', onRequest);
      for (const other of others) server.on('request', other);
    };
  }

  #address(server: Server | SecureServer): ListenAddress {
    const address = server.address() as AddressInfo | string | null;
    const { address: host, port } =
      typeof address === 'object' && address !== null ? address : { address: '', port: 0 };
    const scheme = 'setSecureContext' in server ? `${this.#scheme}s` : this.#scheme;
    const name = host.includes(':') ? `[${host}]` : host;
    return { host, port, url: `${scheme}://${name}:${port}${this.#settings.path}` };
  }
}

/** Answers a request with a status and nothing else. */
export function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': '0', connection: 'close', ...headers }).end();
}

/** The same for a request that wanted to become something else. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  // The other side may never close it.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function urlOf({ url = '/' }: IncomingMessage): URL | null {
  // The host is what the client says it is: only the path and the query count.
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : null;
}
