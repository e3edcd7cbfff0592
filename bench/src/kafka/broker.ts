import {
  checkKafkaConnection,
  type KafkaPort,
  type OutgoingRecord,
  type RawRecord,
  type TopicInfo,
} from '@millrace/kafka';

/** Where a broker is that a bench may write to: the variable MILLRACE_KAFKA, `host:port`. */
export const brokers = (): readonly string[] | null => process.env['MILLRACE_KAFKA']?.split(',') ?? null;

/** Why suites with Kafka do not run, in a line; null if they do. */
export const noBroker = (): string | null =>
  brokers() === null ? 'needs a broker: MILLRACE_KAFKA=127.0.0.1:9092 names one' : null;

/** A port to the broker for the time of a function. @throws KafkaFailure */
export async function withPort<R>(work: (port: KafkaPort) => Promise<R>): Promise<R> {
  const port = await checkKafkaConnection('bench', { brokers: brokers() ?? [] }).connect();
  try {
    return await work(port);
  } finally {
    await port.close();
  }
}

/** Makes topics, and deletes them when the function is over. */
export async function withTopics<R>(
  partitions: Readonly<Record<string, number>>,
  work: (topics: Readonly<Record<string, string>>) => Promise<R>,
): Promise<R> {
  // Where no broker is, this says so by a coded error.
  await withPort((port) => port.topics([]));
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const admin = new Kafka({ brokers: [...(brokers() ?? [])], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const names = Object.fromEntries(
    Object.keys(partitions).map((name) => [name, `bench-${name}-${process.pid}-${Date.now()}`]),
  );
  try {
    const topics = Object.entries(partitions).map(([name, numPartitions]) => ({
      topic: names[name] as string,
      numPartitions,
    }));
    await admin.createTopics({ topics, waitForLeaders: true });
    return await work(names);
  } finally {
    await admin.deleteTopics({ topics: Object.values(names) }).catch(() => {});
    await admin.disconnect();
  }
}

/** Writes lines to the partitions of a topic in turn, many at once. @param keyOf null: records have no key */
export async function writeLines(
  topic: string,
  partitions: number,
  count: number,
  lineOf: (i: number) => string,
  keyOf: ((i: number) => string) | null = null,
): Promise<void> {
  const CHUNK = 10_000;
  await withPort(async (port) => {
    const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 60_000 });
    for (let at = 0; at < count; at += CHUNK) {
      const records = Array.from({ length: Math.min(CHUNK, count - at) }, (_, i): OutgoingRecord => {
        const n = at + i;
        const key = keyOf === null ? null : Buffer.from(keyOf(n));
        const value = Buffer.from(lineOf(n));
        return { topic, partition: n % partitions, key, value, headers: [], timestamp: Date.now() };
      });
      await producer.send(records);
    }
    await producer.close();
  });
}

/** Fetches a partition from its first record on until an offset, and only counts what committed records there are. */
export async function countRecords(
  port: KafkaPort,
  topic: TopicInfo,
  partition: number,
  until: number,
): Promise<number> {
  let count = 0;
  await visitRecords(port, topic, partition, until, (records) => {
    count += records.length;
  });
  return count;
}

/** The same, giving the records as they come. */
export async function visitRecords(
  port: KafkaPort,
  topic: TopicInfo,
  partition: number,
  until: number,
  visit: (records: readonly RawRecord[]) => void,
): Promise<void> {
  const at = { topic: topic.name, topicId: topic.id, partition };
  for (let offset = 0; offset < until; ) {
    const { records, next } = await port.fetch({
      ...at,
      offset,
      isolation: 'read_committed',
      maxBytes: 2 ** 20,
      maxWaitMs: 100,
    });
    visit(records);
    offset = next;
  }
}
