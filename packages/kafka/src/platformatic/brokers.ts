import type { Connection, ConnectionPool } from '@platformatic/kafka';
import { KafkaFailure } from '../failure.ts';
import { metadataRequest } from '../protocol/metadata.ts';
import { type Brokers, type CompactRequest, checkVersion } from '../protocol/request.ts';
import { WireReader, WireWriter } from '../protocol/wire.ts';
import type { Library } from './load.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request that the library has itself. */
type LibraryRequest<A extends unknown[], R> = { async(connection: Connection, ...args: A): Promise<R> };

/** Connections of @platformatic/kafka, one to each broker. */
export class PlatformaticBrokers implements Brokers {
  readonly #library: Library;
  readonly #pool: ConnectionPool;
  /** Where to begin. */
  readonly #seeds: readonly Address[];
  /** Where brokers are, by number, as of the last metadata. */
  #addresses: ReadonlyMap<number, Address> = new Map();
  /** Highest versions that the first broker has, by key. */
  #versions: ReadonlyMap<number, number> = new Map();

  constructor(library: Library, pool: ConnectionPool, seeds: readonly string[]) {
    this.#library = library;
    this.#pool = pool;
    this.#seeds = seeds.map(addressOf);
    // Who waits for a connection hears of its failure; one that breaks later is made anew by who needs it.
    pool.on('connecting', ({ connection }) => void connection.on('error', () => {}));
  }

  /** Connects to a broker, and asks what it can do. */
  async open(): Promise<void> {
    const connection = await this.#pool.getFirstAvailable([...this.#seeds]);
    const { apiKeys } = await this.#library.apiVersionsV3.api.async(connection, 'millrace', '0');
    this.#versions = new Map(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]));
    await this.#learn();
  }

  async send<R>(to: number | null, request: CompactRequest<R>): Promise<R> {
    const { key, version, write, read } = request;
    checkVersion(request, this.#versions.get(key));
    const connection = await this.#connection(to);
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    connection.send<R>(
      key,
      version,
      () => {
        const bytes = new WireWriter();
        write(bytes);
        return this.#library.Writer.create().append(bytes.done());
      },
      (_correlation, _key, _version, answer) => read(new WireReader(answer.buffer.slice(answer.position))),
      true,
      true,
      (e, answer) => (e ? reject(e) : resolve(answer as R)),
    );
    return promise;
  }

  /** Sends a request that the library has itself. */
  async call<A extends unknown[], R>(to: number | null, request: LibraryRequest<A, R>, ...args: A): Promise<R> {
    return request.async(await this.#connection(to), ...args);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #connection(to: number | null): Promise<Connection> {
    if (to === null) return this.#pool.getFirstAvailable([...this.#seeds, ...this.#addresses.values()]);
    if (!this.#addresses.has(to)) await this.#learn();
    const address = this.#addresses.get(to);
    if (address === undefined) throw new KafkaFailure('again', `broker ${to} is not there now`);
    try {
      return await this.#pool.get(address);
    } catch (e) {
      // It may have another address by now.
      this.#addresses = new Map([...this.#addresses].filter(([id]) => id !== to));
      throw e;
    }
  }

  async #learn(): Promise<void> {
    const { brokers } = await this.send(null, metadataRequest([]));
    this.#addresses = new Map(brokers.map(({ id, host, port }) => [id, { host, port }]));
  }
}

/** `host:port`, where the host may be an address of version 6 in brackets. */
function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}
