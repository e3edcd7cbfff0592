import { KafkaClient } from '@kafkats/client';

/** Where a broker is that a bench may write to: the variable MILLRACE_KAFKA, `host:port`. */
export const brokers = (): readonly string[] => process.env['MILLRACE_KAFKA']?.split(',') ?? [];

/** Why suites with Kafka do not run, in a line; null if they do. */
export const noBroker = (): string | null =>
  brokers().length === 0 ? 'needs a broker: MILLRACE_KAFKA=127.0.0.1:9092 names one' : null;

/** A client that says nothing of what it does. */
export function quietClient(clientId: string): KafkaClient {
  return new KafkaClient({ brokers: [...brokers()], clientId, logLevel: 'silent' });
}

/** Records of a topic: the key of the n-th, and its value. */
export interface Keyed {
  readonly records: number;
  readonly partitions: number;
  key(n: number): string;
  value(n: number): string;
}

const CHUNK = 10_000;

/** Makes a topic with these records, spread over its partitions by their keys, and deletes it when the function is over. */
export async function withTopic<R>(keyed: Keyed, work: (topic: string) => Promise<R>): Promise<R> {
  const topic = `peers-${process.pid}-${Date.now()}`;
  const client = quietClient('bench-peers-topic');
  try {
    await client.connect();
    const admin = client.admin();
    await admin.createTopics([{ name: topic, numPartitions: keyed.partitions, replicationFactor: 1 }]);
    try {
      await write(client, topic, keyed);
      return await work(topic);
    } finally {
      await admin.deleteTopics([topic]).catch(() => {});
    }
  } finally {
    await client.disconnect();
  }
}

async function write(client: KafkaClient, topic: string, { records, key, value }: Keyed): Promise<void> {
  const producer = client.producer({ lingerMs: 5 });
  try {
    for (let from = 0; from < records; from += CHUNK) {
      const messages = Array.from({ length: Math.min(CHUNK, records - from) }, (_, i) => ({
        key: Buffer.from(key(from + i)),
        value: Buffer.from(value(from + i)),
      }));
      await producer.send(topic, messages);
    }
  } finally {
    await producer.disconnect();
  }
}
