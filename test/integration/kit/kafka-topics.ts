import { setTimeout as sleep } from 'node:timers/promises';
import { checkKafkaConnection, type KafkaConnection, type KafkaPort, type RawRecord } from '@millrace/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { readAll } from './kafka-broker.ts';

/** Makes topics, deletes them again, and reads what is in them. */
export class Topics {
  readonly port: KafkaPort;
  readonly #kafka: Kafka;
  readonly #made: string[] = [];

  private constructor(port: KafkaPort, kafka: Kafka) {
    this.port = port;
    this.#kafka = kafka;
  }

  static async connect(connection: KafkaConnection): Promise<Topics> {
    const kafka = new Kafka({ brokers: [...connection.brokers], logLevel: logLevel.NOTHING });
    const port = await checkKafkaConnection('test', connection).connect();
    return new Topics(port, kafka);
  }

  /** A topic of a name that nobody else has. */
  async make(name: string, partitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `${name}-${process.pid}-${this.#made.length}-${Date.now()}`;
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    await this.#admin(async (admin) => {
      await admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
      });
    });
    this.#made.push(topic);
    return topic;
  }

  /** Gives a topic more partitions. */
  async grow(topic: string, count: number): Promise<void> {
    await this.#admin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
    // The brokers tell it one another after they have said that it is done.
    while ((await this.port.topics([topic]))[0]?.partitions.length !== count) await sleep(10);
  }

  /**
   * All committed records, by partition and in order. What was committed just now may take a moment to be seen: that is waited
   * for, but not for transactions that stay open.
   */
  async committed(topic: string): Promise<RawRecord[][]> {
    const [info] = await this.port.topics([topic]);
    if (info === undefined) throw new Error(`there is no topic ${topic}`);
    const questions = info.partitions.map((partition) => ({ topic, partition, at: 'latest' as const }));
    const written = await this.port.offsets(questions, 'read_uncommitted');
    const isolation = 'read_committed';
    let ends = await this.port.offsets(questions, isolation);
    for (let look = 0; look < 50 && ends.some((end, i) => end < (written[i] as number)); look++) {
      await sleep(10);
      ends = await this.port.offsets(questions, isolation);
    }
    return Promise.all(info.partitions.map((partition) => readAll(this.port, topic, partition)));
  }

  async close(): Promise<void> {
    if (this.#made.length > 0) await this.#admin((admin) => admin.deleteTopics({ topics: this.#made }));
    await this.port.close();
  }

  async #admin(work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
