import { type Brokers, type CompactRequest, checkVersion } from '../protocol/request.ts';
import { WireReader, WireWriter } from '../protocol/wire.ts';
import type { Broker, Cluster, ConnectionPool, EncoderClass, ProtocolRequest } from './internals.ts';

/** Connections of kafkajs, with requests that it does not have itself. */
export class KafkaJsBrokers implements Brokers {
  readonly #cluster: Cluster;
  readonly #Encoder: EncoderClass;
  readonly #requestTimeoutMs: number;
  readonly #opening = new Opening();

  constructor(cluster: Cluster, Encoder: EncoderClass, requestTimeoutMs: number) {
    this.#cluster = cluster;
    this.#Encoder = Encoder;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  async send<R>(to: number | null, request: CompactRequest<R>): Promise<R> {
    const broker = to === null ? await this.#cluster.brokerPool.findConnectedBroker() : await this.#find(to);
    checkVersion(request, broker.versions?.[request.key]?.maxVersion);
    try {
      const { connectionPool } = broker;
      const sent = { ...inKafkaJs(request, this.#Encoder), requestTimeout: this.#requestTimeoutMs };
      await this.#opening.of(connectionPool, sent);
      return await connectionPool.send(sent);
    } catch (e) {
      // A connection that was closed has to be made anew, which kafkajs leaves to who has used it.
      if ((e as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect().catch(() => {});
      throw e;
    }
  }

  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  async #find(nodeId: number): Promise<Broker> {
    try {
      return await this.#cluster.findBroker({ nodeId });
    } catch (e) {
      // It may have another address by now.
      await this.#cluster.refreshMetadata().catch(() => {});
      throw e;
    }
  }
}

const FETCH = 1;

/**
 * Connections on their way. kafkajs opens one for each request that finds none, keeps the last and forgets the others, which stay
 * open for good: requests at the same time have to wait for the same one.
 */
class Opening {
  readonly #fetches = new WeakMap<ConnectionPool, Promise<unknown>>();
  readonly #others = new WeakMap<ConnectionPool, Promise<unknown>>();

  async of(pool: ConnectionPool, request: ProtocolRequest<unknown>): Promise<void> {
    const under = request.request.apiKey === FETCH ? this.#fetches : this.#others;
    let opening = under.get(pool);
    if (opening === undefined) {
      opening = pool.getConnectionByRequest(request).finally(() => under.delete(pool));
      under.set(pool, opening);
    }
    await opening;
  }
}

/** A request as kafkajs sends it. */
function inKafkaJs<R>(
  { key, version, name, write, read }: CompactRequest<R>,
  Encoder: EncoderClass,
): ProtocolRequest<R> {
  return {
    request: {
      apiKey: key,
      apiVersion: version,
      apiName: name,
      async encode() {
        // The header that kafkajs writes ends with the client's name; this form has tagged fields behind it.
        const to = new WireWriter().end();
        write(to);
        const bytes = to.done();
        const encoder = new Encoder(bytes.length);
        encoder.writeBufferInternal(bytes);
        return encoder;
      },
    },
    response: {
      async decode(payload) {
        const from = new WireReader(payload);
        from.end();
        return read(from);
      },
      parse: (decoded) => Promise.resolve(decoded),
    },
    logResponseError: false,
  };
}
