import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a server got it, whole. */
export interface Got {
  readonly key: string;
  readonly body: string;
}

/** Servers that a test began; ended by `closeAll`. */
const servers = new Set<Server>();

export async function closeAll(): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers.clear();
}

/** A server of this process on a free port. @returns its URL */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const { url } = await listening(createServer(answer));
  return url;
}

export async function listening(server: Server): Promise<{ readonly server: Server; readonly url: string }> {
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** A server that remembers what it got and answers what it is told to. */
export async function collecting(answer: (got: Got, response: ServerResponse) => void): Promise<string> {
  return serve((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => answer({ key: String(request.headers['idempotency-key']), body }, response));
  });
}
