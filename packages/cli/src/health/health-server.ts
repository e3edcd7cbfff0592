import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Health } from '@millrace/core';
import { addressText, checkListen, listenOn } from '@millrace/core/connector';

/** Where probes are answered. */
export interface HealthAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The user's word that whoever reaches the port may read what the job says of itself. */
  readonly insecure: boolean;
}

/** A server that answers probes. */
export interface HealthServer {
  /** Its address, with the real port. */
  readonly url: string;
  /** Ends it, with all its connections. */
  close(): Promise<void>;
}

/** More than any prober needs; what is beyond is refused when it connects. */
const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 8192;
/** A request is a few lines: one that takes longer is not a probe. */
const REQUEST_TIMEOUT_MS = 5000;

/** An answer: a status and what is said with it. */
interface Answer {
  readonly status: number;
  readonly body: string | Health;
}

const PATHS: Readonly<Record<string, (health: Health) => Answer>> = {
  // A job that lags, or stops in order, gets on; being killed for it would cost it what it has.
  '/livez': ({ status }) => ({ status: status === 'failed' ? 503 : 200, body: status }),
  '/readyz': ({ status }) => ({ status: status === 'ready' ? 200 : 503, body: status }),
  '/health': (health) => ({ status: 200, body: health }),
};

/**
 * Answers probes of supervisors by `GET`: `/livez` and `/readyz` with a status and one word, `/health` with all in JSON.
 *
 * @param health what is told, asked for with each request
 * @throws MR_UNSAFE_LISTEN off loopback without `insecure`, MR_LISTEN, MR_OPTION
 */
export async function serveHealth(address: HealthAddress, health: () => Health): Promise<HealthServer> {
  const { host, port, insecure } = address;
  checkListen(OWNER, { host, port, hasAuth: false, insecure });
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
    },
    (request, response) => answer(request, response, health),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const bound = await listenOn(OWNER, server, { host, port });
  // A connection that cannot be accepted is the prober's trouble, not the job's.
  server.on('error', () => {});
  return {
    url: `http://${addressText(bound.address, bound.port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const OWNER = '--health-port';

function answer(request: IncomingMessage, response: ServerResponse, health: () => Health): void {
  const path = (request.url ?? '').split('?', 1)[0];
  const found = Object.hasOwn(PATHS, path) ? PATHS[path] : null;
  if (found === null) {
    send(response, { status: 404, body: `there are ${Object.keys(PATHS).join(', ')}` });
  } else if (request.method !== 'GET') {
    response.setHeader('allow', 'GET');
    send(response, { status: 405, body: 'only GET' });
  } else {
    send(response, found(health()));
  }
}

/** One answer for each connection: a body that came along is not read, and nobody holds a connection for long. */
function send(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === 'string';
  const text = isText ? `${body}\n` : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(text);
}
