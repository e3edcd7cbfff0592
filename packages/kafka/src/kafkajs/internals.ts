import type { Kafka, KafkaConfig } from 'kafkajs';

/*
 * What is used of kafkajs beside its public interface: it has no way to read a range of a partition without a group
 * (tulios/kafkajs#373). Version 2.2.4 is the last there will be, and the peer dependency is on exactly that.
 */

/** A request, as its connections send it: `encode` gives the bytes behind the header. */
export interface ProtocolRequest<R> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<unknown>;
  };
  readonly response: {
    /** Of the bytes behind the correlation id. */
    decode(payload: Buffer): Promise<R>;
    parse(decoded: R): Promise<R>;
  };
  /** False: who asked says what went wrong. */
  readonly logResponseError: boolean;
  /** In ms. */
  readonly requestTimeout?: number;
}

/** The connections to one broker: kafkajs fetches by one, and asks everything else by another. */
export interface ConnectionPool {
  /** Connects, where the connection for such a request is not open. */
  getConnectionByRequest(request: ProtocolRequest<unknown>): Promise<unknown>;
  send<R>(request: ProtocolRequest<R>): Promise<R>;
}

export interface Broker {
  readonly nodeId: number | null;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  readonly connectionPool: ConnectionPool;
  disconnect(): Promise<void>;
}

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(which: { readonly nodeId: number }): Promise<Broker>;
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
}

/** Makes requests of bytes that are ready. */
export type EncoderClass = new (size: number) => { writeBufferInternal(bytes: Buffer): unknown };

/** The library, with what is used of its inside. */
export interface KafkaJs {
  readonly library: typeof import('kafkajs');
  readonly Encoder: EncoderClass;
  cluster(kafka: Kafka): Cluster;
  kafka(config: KafkaConfig): Kafka;
}

/** The connections of a client that belong to nobody else. */
export function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (symbol === undefined) throw new Error('this kafkajs is not version 2.2.4, which is needed');
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol] as (o: object) => Cluster;
  return create.call(kafka, { allowAutoTopicCreation: false, metadataMaxAge: 300_000 });
}
