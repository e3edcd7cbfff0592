import { type Brokers, type CompactRequest, checkVersion } from '../protocol/request.ts';
import { WireReader, WireWriter } from '../protocol/wire.ts';
import type { Broker, Cluster, EncoderClass, ProtocolRequest } from './internals.ts';

/** Connections of kafkajs, with requests that it does not have itself. */
export class KafkaJsBrokers implements Brokers {
  readonly #cluster: Cluster;
  readonly #Encoder: EncoderClass;
  readonly #requestTimeoutMs: number;

  constructor(cluster: Cluster, Encoder: EncoderClass, requestTimeoutMs: number) {
    this.#cluster = cluster;
    this.#Encoder = Encoder;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  async send<R>(to: number | null, request: CompactRequest<R>): Promise<R> {
    const broker = to === null ? await this.#cluster.brokerPool.findConnectedBroker() : await this.#find(to);
    checkVersion(request, broker.versions?.[request.key]?.maxVersion);
    try {
      const requestTimeout = this.#requestTimeoutMs;
      return await broker.connectionPool.send({ ...inKafkaJs(request, this.#Encoder), requestTimeout });
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
