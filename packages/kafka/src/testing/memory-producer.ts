import { KafkaFailure } from '../failure.ts';
import type { CommittedOffset, KafkaProducer, OutgoingRecord, TopicPartition } from '../port.ts';
import type { MemoryKafka } from './memory-kafka.ts';
import type { MemoryTransaction } from './memory-partition.ts';

/** A producer of a Kafka in memory. One that has failed, or is closed, may not be used again. */
export class MemoryProducer implements KafkaProducer {
  readonly #kafka: MemoryKafka;
  readonly #transactional: boolean;
  transaction: MemoryTransaction | null = null;
  #touched = new Map<string, TopicPartition>();
  #offsets: (readonly [group: string, offsets: readonly CommittedOffset[]])[] = [];
  #fenced = false;
  #isUsable = true;
  #isClosed = false;

  constructor(kafka: MemoryKafka, transactional: boolean) {
    this.#kafka = kafka;
    this.#transactional = transactional;
  }

  /** Another one has taken over: what it had begun is aborted. */
  fence(): void {
    this.#end('aborted');
    this.#fenced = true;
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#ask('send', () => {
      const transaction = this.#transactional ? this.#open() : null;
      for (const record of records) {
        this.#kafka.append(record, transaction);
        this.#touched.set(`${record.topic}/${record.partition}`, record);
      }
    });
  }

  begin(): Promise<void> {
    return this.#ask('begin', () => {
      this.transaction = { state: 'open' };
    });
  }

  sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.#ask('send offsets', () => {
      this.#open();
      this.#offsets.push([group, offsets]);
    });
  }

  commit(): Promise<void> {
    return this.#ask('commit', () => {
      this.#open();
      for (const [group, offsets] of this.#offsets) this.#kafka.commitOffsets(group, offsets);
      this.#end('committed');
    });
  }

  abort(): Promise<void> {
    return this.#ask('abort', () => this.#end('aborted'));
  }

  /** What it had begun is aborted. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUsable = false;
    this.#kafka.openProducers -= 1;
    if (!this.#fenced) this.#end('aborted');
  }

  #end(state: 'committed' | 'aborted'): void {
    if (this.transaction !== null) {
      this.transaction.state = state;
      for (const at of this.#touched.values()) this.#kafka.partition(at).append(null);
    }
    this.transaction = null;
    this.#touched = new Map();
    this.#offsets = [];
  }

  #open(): MemoryTransaction {
    if (this.transaction === null) throw new TypeError('no transaction was begun');
    return this.transaction;
  }

  async #ask(request: string, work: () => void): Promise<void> {
    if (!this.#isUsable) throw new Error(`${request}: a producer that has failed or is closed is used again`);
    try {
      await this.#kafka.ask(request, () => {
        if (this.#fenced) throw new KafkaFailure('fenced', `${request}: another producer has taken over`);
        work();
      });
    } catch (e) {
      this.#isUsable = false;
      throw e;
    }
  }
}
