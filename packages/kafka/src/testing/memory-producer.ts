import { KafkaFailure } from '../failure.ts';
import type { CommittedOffset, KafkaProducer, OutgoingRecord, TopicPartition } from '../port.ts';
import type { MemoryKafka } from './memory-kafka.ts';
import type { MemoryTransaction } from './memory-partition.ts';

/** A producer of a Kafka in memory. */
export class MemoryProducer implements KafkaProducer {
  readonly #kafka: MemoryKafka;
  readonly #ask: () => Promise<void>;
  transaction: MemoryTransaction | null = null;
  #touched = new Map<string, TopicPartition>();
  #offsets: (readonly [group: string, offsets: readonly CommittedOffset[]])[] = [];
  #fenced = false;

  /** @param ask fails where a request would */
  constructor(kafka: MemoryKafka, ask: () => Promise<void>) {
    this.#kafka = kafka;
    this.#ask = ask;
  }

  /** Another one has taken over: what it had begun is aborted. */
  fence(): void {
    this.#end('aborted');
    this.#fenced = true;
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    await this.#allowed();
    for (const record of records) {
      this.#kafka.append(record, this.transaction);
      this.#touched.set(`${record.topic}/${record.partition}`, record);
    }
  }

  async begin(): Promise<void> {
    await this.#allowed();
    this.transaction = { state: 'open' };
  }

  async sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    await this.#allowed();
    this.#offsets.push([group, offsets]);
  }

  async commit(): Promise<void> {
    await this.#allowed();
    for (const [group, offsets] of this.#offsets) this.#kafka.commitOffsets(group, offsets);
    this.#end('committed');
  }

  async abort(): Promise<void> {
    await this.#allowed();
    this.#end('aborted');
  }

  async close(): Promise<void> {}

  #end(state: 'committed' | 'aborted'): void {
    if (this.transaction !== null) {
      this.transaction.state = state;
      for (const at of this.#touched.values()) this.#kafka.partition(at).append(null);
    }
    this.transaction = null;
    this.#touched = new Map();
    this.#offsets = [];
  }

  async #allowed(): Promise<void> {
    await this.#ask();
    if (this.#fenced) throw new KafkaFailure('fenced', 'another producer has taken over');
  }
}
