import { type Clock, type Resource, type SinkPartition, Time } from '@millrace/core';
import { bytesSerde, checkKafkaConnection, stringSerde } from '@millrace/kafka';
import { type MemoryFate, MemoryKafka } from '@millrace/kafka/testing';
import { kafkaTarget } from '../src/kafka/kafka-target.ts';

/** A target that writes numbers to the topic `numbers`. */
export function numbersTarget(kafka: MemoryKafka) {
  return kafkaTarget<number, string, Uint8Array>({
    kafka: checkKafkaConnection('test', { brokers: ['fake:1'], client: kafka }),
    retryForMs: 1e6,
    producer: { compression: 'none', transactionTimeoutMs: 60_000 },
    topic: 'numbers',
    receipts: 'numbers',
    record: (i) => ({ key: String(i), value: Buffer.from(String(i)) }),
    key: stringSerde(),
    value: bytesSerde(),
  });
}

/** The numbers that are there, in order. */
export const numbersIn = (kafka: MemoryKafka): number[] =>
  kafka
    .committed('numbers')
    .map(({ value }) => Number(value))
    .sort((a, b) => a - b);

/** A Kafka in memory some of whose requests fail. */
export function failingKafka(
  topics: Readonly<Record<string, number>>,
  fate: (request: string, number: number) => MemoryFate,
): MemoryKafka {
  return Object.assign(new MemoryKafka(topics), { fate });
}

/** A worker: what is open there is not open elsewhere. */
export class Worker {
  readonly #clock: Clock;
  readonly #open = new Map<Resource<unknown>, Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  at(about: Partial<SinkPartition> = {}): SinkPartition {
    return {
      ...{ job: 'job', output: 'stored', time: new Time(1000), partition: 0, numPartitions: 1, clock: this.#clock },
      open: <C>(resource: Resource<C>) => {
        const key = resource as Resource<unknown>;
        const known = this.#open.get(key);
        if (known !== undefined) return known as Promise<C>;
        const opened = resource.open();
        this.#open.set(key, opened);
        opened.catch(() => this.#open.delete(key));
        return opened;
      },
      ...about,
    };
  }

  async close(): Promise<void> {
    for (const [resource, opened] of this.#open) await resource.close(await opened);
    this.#open.clear();
  }
}
