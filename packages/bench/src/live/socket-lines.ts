import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { POOL, poolOf } from '../input.ts';
import type { LiveFeed, LiveInput } from './live-input.ts';

/**
 * Lines that are sent through a TCP socket: a live source. The job is given `host` and `port` among its params and connects to them, as
 * `socketTextStream(ssc, { host, port })` does; the first that connects is sent the lines. They are sent by the process of the bench, on whose time
 * that is.
 *
 * @param line the n-th line, without a newline
 * @param options `pool`: after so many lines the first comes again (131,072)
 * @example
 * ```ts
 * import { socketLines } from '@millrace/bench';
 *
 * const input = socketLines((n) => `line ${n}`);
 * ```
 */
export function socketLines(line: (n: number) => string, options: { readonly pool?: number } = {}): LiveInput<string> {
  return { records: poolOf(line, options.pool ?? POOL), open: () => SocketFeed.open() };
}

class SocketFeed implements LiveFeed<string> {
  readonly params: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #connected = Promise.withResolvers<Socket>();
  #socket: Socket | null = null;
  /** Resolves who waits for room to send. */
  #room: () => void = () => {};

  private constructor(server: Server) {
    const { address: host, port } = server.address() as AddressInfo;
    this.params = { host, port };
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('drain', () => this.#room());
      socket.on('close', () => this.#room());
      this.#socket ??= socket;
      this.#connected.resolve(this.#socket);
    });
  }

  static async open(): Promise<SocketFeed> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SocketFeed(server);
  }

  async ready(): Promise<void> {
    await this.#connected.promise;
  }

  async send(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const socket = await this.#connected.promise;
    if (socket.destroyed) throw new Error('the job has closed the connection on which its lines come');
    if (socket.write(`${lines.join('\n')}\n`)) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
