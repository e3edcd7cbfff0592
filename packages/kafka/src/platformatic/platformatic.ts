import type { ConnectionOptions, SASLOptions } from '@platformatic/kafka';
import { passwordOf } from '../password.ts';
import type { KafkaClient, KafkaProducer, KafkaSettings, ProducerOptions } from '../port.ts';
import { type Client, PortOfBrokers } from '../port-of-brokers.ts';
import { Reading } from '../reading.ts';
import { Codecs } from '../records/compression.ts';
import { secretsOfTls } from '../secrets.ts';
import { PlatformaticBrokers } from './brokers.ts';
import { toFailure } from './failures.ts';
import { type Library, loadPlatformatic } from './load.ts';
import { PlatformaticProducer } from './producer.ts';

/**
 * @platformatic/kafka: its connections, logins, codecs and requests, without its consumers, which keep one fetch session for each
 * broker that several readers would spoil for one another. Needs Kafka 3.1 or later.
 */
export const platformatic: KafkaClient = {
  name: '@platformatic/kafka',
  async connect(settings) {
    const library = await loadPlatformatic();
    const codecs = await Codecs.load();
    const secrets = secretsOfTls(settings.tls);
    const failed = (e: unknown) => toFailure(e, secrets);
    const connect = (patienceMs = 0) => connected(library, settings, secrets, patienceMs);
    try {
      return new PlatformaticPort({ library, settings, brokers: await connect(), connect, codecs, failed });
    } catch (e) {
      throw failed(e);
    }
  },
};

interface Parts extends Client {
  readonly library: Library;
  readonly settings: KafkaSettings;
  connect(patienceMs?: number): Promise<PlatformaticBrokers>;
}

class PlatformaticPort extends PortOfBrokers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super(parts);
    this.#parts = parts;
  }

  protected async makeProducer(options: ProducerOptions): Promise<KafkaProducer> {
    const { library, codecs, settings } = this.#parts;
    const { requestTimeoutMs } = settings;
    const brokers = await this.#parts.connect();
    const reading = new Reading(brokers, codecs);
    const closed = (producer: KafkaProducer) => this.closed(producer);
    try {
      const parts = { library, brokers, reading, requestTimeoutMs, failed: this.failed, closed };
      return await PlatformaticProducer.make(parts, options);
    } catch (e) {
      await brokers.close();
      throw e;
    }
  }
}

/** Connections of their own. @param secrets what must not be shown is added */
async function connected(
  library: Library,
  { brokers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs }: KafkaSettings,
  secrets: string[],
  patienceMs: number,
): Promise<PlatformaticBrokers> {
  const options: ConnectionOptions = {
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs + patienceMs,
    ...(tls === null ? {} : { tls }),
    ...(sasl === null ? {} : { sasl: login(sasl, secrets) }),
  };
  const made = new PlatformaticBrokers(library, new library.ConnectionPool(clientId, options), brokers);
  try {
    await made.open();
    return made;
  } catch (e) {
    await made.close().catch(() => {});
    throw e;
  }
}

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

function login({ mechanism, username, password }: NonNullable<KafkaSettings['sasl']>, secrets: string[]): SASLOptions {
  return {
    mechanism: MECHANISMS[mechanism],
    username,
    // A function also where it is a text: whatever it gives is a secret before it is used.
    password: async () => {
      const given = await passwordOf(password);
      if (!secrets.includes(given)) secrets.push(given);
      return given;
    },
  };
}
