import type { Kafka, KafkaConfig } from 'kafkajs';
import type { KafkaClient, KafkaProducer, KafkaSettings, ProducerOptions } from '../port.ts';
import { PortOfBrokers } from '../port-of-brokers.ts';
import type { Brokers } from '../protocol/request.ts';
import { Codecs } from '../records/compression.ts';
import { secretsOfTls } from '../secrets.ts';
import { KafkaJsBrokers } from './brokers.ts';
import { registerCodecs } from './codecs.ts';
import { toFailure } from './failures.ts';
import type { KafkaJs } from './internals.ts';
import { loadKafkaJs } from './load.ts';
import { loggingIn } from './login.ts';
import { givenPartition, KafkaJsProducer } from './producer.ts';

/**
 * kafkajs 2.2.4, in JavaScript alone. Reads with requests of its own beside kafkajs's: by the ids of topics, and batch by batch,
 * so that gaps of compacted topics and aborted transactions are stepped over exactly. Needs Kafka 3.1 or later.
 */
export const kafkajs: KafkaClient = {
  name: 'kafkajs',
  async connect(settings) {
    const js = await loadKafkaJs();
    const codecs = await Codecs.load();
    registerCodecs(js.library, codecs);
    const secrets = secretsOfTls(settings.tls);
    try {
      const kafka = js.kafka(await configOf(settings, secrets));
      const connect = (patienceMs = 0) => connected(js, kafka, settings.requestTimeoutMs + patienceMs);
      return new KafkaJsPort({ kafka, connect, brokers: await connect(), codecs, secrets });
    } catch (e) {
      throw toFailure(e, secrets);
    }
  },
};

/** Producers that send the next request when the one before it is answered, and try again at once: see `configOf`. */
const RETRY = { initialRetryTime: 5, factor: 0.2, multiplier: 1.5, maxRetryTime: 1000 } as const;

/** Connections of their own. */
async function connected(js: KafkaJs, kafka: Kafka, requestTimeoutMs: number): Promise<Brokers> {
  const cluster = js.cluster(kafka);
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
  } catch (e) {
    await cluster.disconnect().catch(() => {});
    throw e;
  }
  return new KafkaJsBrokers(cluster, js.Encoder, requestTimeoutMs);
}

interface Parts {
  readonly kafka: Kafka;
  readonly brokers: Brokers;
  connect(patienceMs?: number): Promise<Brokers>;
  readonly codecs: Codecs;
  readonly secrets: readonly string[];
}

class KafkaJsPort extends PortOfBrokers {
  readonly #kafka: Kafka;

  constructor({ kafka, brokers, connect, codecs, secrets }: Parts) {
    super({ brokers, connect, codecs, failed: (e) => toFailure(e, secrets) });
    this.#kafka = kafka;
  }

  protected async makeProducer(options: ProducerOptions): Promise<KafkaProducer> {
    const { transactionalId, transactionTimeoutMs } = options;
    const producer = this.#kafka.producer({
      idempotent: true,
      // Sequences are right only as long as requests do not overtake one another.
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => givenPartition,
      transactionTimeout: transactionTimeoutMs,
      retry: { ...RETRY, retries: 30 },
      ...(transactionalId === undefined ? {} : { transactionalId }),
    });
    await producer.connect();
    const made: KafkaJsProducer = new KafkaJsProducer(producer, options, {
      failed: this.failed,
      closed: () => this.closed(made),
      mustBeThere: (partitions) => this.mustBeThere(partitions),
    });
    try {
      if (transactionalId !== undefined) await made.takeOver();
    } catch (e) {
      await made.close();
      throw e;
    }
    return made;
  }
}

/** @param secrets what must not be shown is added */
async function configOf(
  { brokers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs }: KafkaSettings,
  secrets: string[],
): Promise<KafkaConfig> {
  return {
    brokers: [...brokers],
    clientId,
    ...(tls === null ? {} : { ssl: tls }),
    ...(sasl === null ? {} : { sasl: await loggingIn(sasl, secrets) }),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Whoever uses the port tries again, and knows for how long.
    retry: { initialRetryTime: 50, retries: 2 },
    // What goes wrong is thrown; what is tried again is nobody's business.
    logCreator: () => () => {},
  };
}
