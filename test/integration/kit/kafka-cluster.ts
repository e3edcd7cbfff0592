import { readFileSync } from 'node:fs';
import type { KafkaSasl, KafkaSettings } from '@millrace/kafka';
import type { TestCluster } from '@millrace/kafka/testing';
import { Admin } from '@platformatic/kafka';
import { type BrokerFacts, brokersOf, SETTINGS } from './kafka-broker.ts';
import { until } from './until.ts';

/** How to connect without a password. */
export const plainSettings = (facts: BrokerFacts): KafkaSettings => ({ ...SETTINGS, brokers: brokersOf(facts) });

/** The other ways to connect. */
export function otherWays({
  host,
  tls,
  sasl,
  ca,
  username,
  password,
}: BrokerFacts): Record<string, Partial<KafkaSettings>> {
  const trusting = { ca: readFileSync(ca, 'utf8') };
  const login = (mechanism: KafkaSasl['mechanism']): Partial<KafkaSettings> => ({
    brokers: [`${host}:${sasl}`],
    tls: trusting,
    sasl: { mechanism, username, password },
  });
  return {
    tls: { brokers: [`${host}:${tls}`], tls: trusting },
    plain: login('plain'),
    'scram-256': login('scram-sha-256'),
    'scram-512': login('scram-sha-512'),
  };
}

/** Changes a cluster, as its administrator does. */
export class KafkaCluster implements TestCluster {
  readonly #admin: Admin;

  constructor({ host, port }: BrokerFacts) {
    this.#admin = new Admin({ clientId: 'millrace-test-admin', bootstrapBrokers: [`${host}:${port}`], retries: 0 });
  }

  async createTopic(topic: string, partitions: number, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.#admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
    await until(() => this.#serves(topic, partitions));
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await this.#serves(topic, 1)));
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#admin.createPartitions({ topics: [{ name: topic, count }] });
    await until(() => this.#serves(topic, count));
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(before) }] }] });
  }

  close(): Promise<void> {
    return this.#admin.close();
  }

  /** Whether this many partitions can be read and written: offsets are those of their leaders. */
  async #serves(topic: string, numPartitions: number): Promise<boolean> {
    const partitions = Array.from({ length: numPartitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -1n,
    }));
    this.#admin.clearMetadata();
    return this.#admin.listOffsets({ topics: [{ name: topic, partitions }] }).then(
      () => true,
      () => false,
    );
  }
}
