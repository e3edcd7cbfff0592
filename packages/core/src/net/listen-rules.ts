import type { AddressInfo, Server } from 'node:net';
import { error } from '../errors/index.ts';

/** What is known about a listening source before it listens. */
export interface ListenRules {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether senders have to say who they are. */
  readonly hasAuth: boolean;
  /** The user's word that whoever reaches the port may send. */
  readonly insecure: boolean;
}

/**
 * Whether a host is this machine as only this machine can reach it. Names other than localhost are not looked up: what
 * they mean may change.
 *
 * @example
 * ```ts
 * isLoopback('::1'); // true
 * isLoopback('0.0.0.0'); // false
 * ```
 */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/, '');
  return (
    name === '::1' ||
    name === '0:0:0:0:0:0:0:1' ||
    /^127(?:\.\d{1,3}){3}$/.test(name) ||
    name === 'localhost' ||
    name.endsWith('.localhost')
  );
}

/**
 * Refuses to listen where strangers can send: off loopback a source asks for `auth`, or for `insecure: true`. To be called
 * where the source is written down, so that the mistake is found before anything runs.
 *
 * @param what the function that listens
 * @throws MR_OPTION for something that is no host or port; MR_UNSAFE_LISTEN
 * @example
 * ```ts
 * checkListen('httpStream', { host: '0.0.0.0', port: 8080, hasAuth: true, insecure: false });
 * ```
 */
export function checkListen(what: string, { host, port, hasAuth, insecure }: ListenRules): void {
  if (typeof host !== 'string' || host === '') {
    throw error('MR_OPTION', { option: `${what}: host`, value: host, rule: 'must be an address or a host name' });
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw error('MR_OPTION', { option: `${what}: port`, value: port, rule: 'must be a whole number from 0 to 65535' });
  }
  if (!hasAuth && !insecure && !isLoopback(host)) throw error('MR_UNSAFE_LISTEN', { what, host });
}

/**
 * Lets a server listen. Errors that it has later stay with whoever listens to its `error` event.
 *
 * @param what who listens, in the error
 * @returns where it listens, with the real port
 * @throws MR_LISTEN
 * @example
 * ```ts
 * import { createServer } from 'node:net';
 * const server = createServer();
 * const { address } = await listenOn('socketServerStream', server, { host: '127.0.0.1', port: 0 });
 * address; // '127.0.0.1'
 * server.close();
 * ```
 */
export function listenOn(
  what: string,
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AddressInfo> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      const reason = REASONS[cause.code ?? ''] ?? cause.message;
      reject(error('MR_LISTEN', { what, address: addressText(host, port), reason }, { cause }));
    };
    server.once('error', failed);
    server.listen({ host: bare, port }, () => {
      server.removeListener('error', failed);
      resolve(server.address() as AddressInfo);
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the host is not known',
};

/** Host and port as they are written in an address. */
export function addressText(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}
