import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaConnection, type KafkaPort, type KafkaSettings, kafkajs, type RawRecord } from '@millrace/kafka';
import type { Admin } from 'kafkajs';
import { kafka, kafkaCommand, kafkaFacts } from '../../../tools/services/kafka.ts';
import { runningService } from '../../../tools/services/running.ts';

/** Facts of a broker that runs. */
export interface BrokerFacts {
  readonly host: string;
  readonly port: number;
  readonly tls: number;
  readonly sasl: number;
  /** Path of the certificate that vouches for it. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** The broker that `npm run services -- start kafka` started; null where none runs, which is said in one line. */
export function sharedBroker(): BrokerFacts | null {
  const running = runningService('kafka');
  if (running !== null) return running.facts as unknown as BrokerFacts;
  console.warn('skipped: Kafka tests need a broker; `npm run services -- start kafka` starts one');
  return null;
}

export const brokersOf = ({ host, port }: BrokerFacts): string[] => [`${host}:${port}`];

/** How tests connect, besides where to. */
export const SETTINGS: Omit<KafkaSettings, 'brokers'> = {
  clientId: 'test',
  tls: null,
  sasl: null,
  connectTimeoutMs: 3000,
  requestTimeoutMs: 10_000,
};

/** A port for the time of a function. */
export async function withPort<R>(brokers: readonly string[], work: (port: KafkaPort) => Promise<R>): Promise<R> {
  const port = await kafkajs.connect({ ...SETTINGS, brokers });
  try {
    return await work(port);
  } finally {
    await port.close();
  }
}

/** What makes and changes topics, for the time of a function. */
export async function withAdmin<R>(brokers: readonly string[], work: (admin: Admin) => Promise<R>): Promise<R> {
  const { Kafka } = (await import('kafkajs')).default;
  const admin = new Kafka({ brokers: [...brokers], logLevel: 0 }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

let topics = 0;

/** Makes a topic of a name that nobody has. */
export async function makeTopic(
  brokers: readonly string[],
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = `test-${process.pid}-${Date.now().toString(36)}-${topics++}`;
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] });
    // A broker that has just started says for a moment that there is no such topic, which kafkajs does not wait for.
    for (let attempt = 0; ; attempt++) {
      try {
        const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] });
        if (found[0]?.partitions.length === partitions && found[0].partitions.every(({ leader }) => leader >= 0))
          return;
      } catch (e) {
        if (attempt >= 100) throw e;
      }
      await sleep(50);
    }
  });
  return topic;
}

/** All records of a partition that are committed now. */
export async function readAll(port: KafkaPort, topic: string, partition: number): Promise<RawRecord[]> {
  const [info] = await port.topics([topic]);
  const at = { topic, partition };
  const questions = [{ ...at, at: 'earliest' } as const, { ...at, at: 'latest' } as const];
  let [offset, end] = (await port.offsets(questions, 'read_committed')) as [number, number];
  const all: RawRecord[] = [];
  while (offset < end) {
    const how = {
      topicId: info?.id as string,
      isolation: 'read_committed',
      maxBytes: 2 ** 20,
      maxWaitMs: 100,
    } as const;
    const { records, next } = await port.fetch({ ...at, ...how, offset });
    for (const record of records) if (record.offset < end) all.push(record);
    offset = next;
  }
  return all;
}

/** A broker that a test kills. */
export class KafkaBroker {
  readonly #work = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
  #child: ChildProcess | null = null;
  #facts: BrokerFacts | null = null;

  static async make(): Promise<KafkaBroker> {
    const broker = new KafkaBroker();
    await broker.start();
    return broker;
  }

  get brokers(): string[] {
    return brokersOf(this.facts);
  }

  get facts(): BrokerFacts {
    return this.#facts as BrokerFacts;
  }

  get connection(): KafkaConnection {
    return { brokers: this.brokers };
  }

  /** Starts it, also after it was killed, and waits until it takes connections. */
  async start(): Promise<void> {
    const folder = join(this.#work, 'broker');
    const { args } = kafkaCommand(folder);
    this.#child = spawn(kafka.program() as string, args, { cwd: folder, stdio: 'ignore' });
    for (;;) {
      const facts = await kafkaFacts(folder);
      if (facts !== null) {
        this.#facts = facts;
        return;
      }
      if (this.#child.exitCode !== null) throw new Error(`the broker ended with ${this.#child.exitCode}`);
      await sleep(50);
    }
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#child as ChildProcess;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  /** It takes connections and answers nothing, as one whose machine hangs. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    if (this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    rmSync(this.#work, { recursive: true, force: true });
  }
}
