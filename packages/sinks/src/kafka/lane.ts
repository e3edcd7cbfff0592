import type { KafkaPort, KafkaProducer, ProducerOptions } from '@millrace/kafka';
import type { ReceiptId } from '../transactional/index.ts';
import { laneName } from './names.ts';
import type { Reached } from './reach.ts';
import { WrittenBatches } from './written-batches.ts';

/** A producer whose transactions are those of this lane, and what is written as long as it is the only one. */
export interface Owned {
  readonly producer: KafkaProducer;
  written: WrittenBatches;
}

/**
 * The transactions of one partition of an output, one after the other, in one worker. Whoever owns the lane in Kafka, by the
 * producer with its name, knows what is written: nobody else can have written since, or the producer would be refused.
 */
export class Lane {
  /** Of the transactions, and of the group with the receipts. */
  readonly name: string;
  readonly #topic: string;
  #owned: Owned | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** How long another writer, who took over, is left alone: see `yields`. In ms. */
  #yieldMs = 0;

  /** @param topic whose partition 0 the offsets with the receipts are of */
  constructor(id: Omit<ReceiptId, 'time'>, topic: string) {
    this.name = laneName(id);
    this.#topic = topic;
  }

  /** Whether nobody writes and nobody waits. */
  get idle(): boolean {
    return this.#waiting === 0;
  }

  /** What is written, if this worker knows it without asking. */
  get known(): WrittenBatches | null {
    return this.#owned?.written ?? null;
  }

  /** Waits for those who write in this worker. @returns what lets the next one have its turn */
  async turn(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#turn;
    this.#turn = promise;
    this.#waiting += 1;
    await before;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#waiting -= 1;
      resolve();
    };
  }

  /** What the group says is written, whoever owns the lane. */
  look(reached: Reached): Promise<WrittenBatches> {
    return this.#written(reached, false);
  }

  /** @param stable waits for a transaction whose end the brokers have decided on and are still writing */
  async #written({ port, ask }: Reached, stable: boolean): Promise<WrittenBatches> {
    const at = [{ topic: this.#topic, partition: 0 }];
    const [committed] = await ask(() => port.committed(this.name, at, { stable }));
    return WrittenBatches.of(committed);
  }

  /**
   * Takes the lane over, unless this worker has it: aborts what others have begun, and waits for what they are committing.
   * Only then is what the group says the last word.
   */
  async own(reached: Reached, options: Omit<ProducerOptions, 'transactionalId'>): Promise<Owned> {
    if (this.#owned !== null) return this.#owned;
    const producer = await reached.ask(() => reached.port.producer({ ...options, transactionalId: this.name }));
    try {
      this.#owned = { producer, written: await this.#written(reached, true) };
    } catch (e) {
      await quietly(producer.close());
      throw e;
    }
    return this.#owned;
  }

  /** Sends the receipt within the transaction. */
  async sendReceipt(producer: KafkaProducer, time: number, written: WrittenBatches): Promise<void> {
    const { metadata } = written;
    await producer.sendOffsets(this.name, [{ topic: this.#topic, partition: 0, offset: time, metadata }]);
  }

  /** How long to look for what another writer commits before the lane is taken from it, in ms. */
  get yieldMs(): number {
    return this.#yieldMs;
  }

  /**
   * Another writer of the same batch took over while this one had run for so long. It gets twice that time before it is
   * taken over in turn: two of them would else go on fencing each other.
   */
  wasFenced(ranMs: number): void {
    this.#yieldMs = Math.max(100, 2 * ranMs);
  }

  /** Its turn to yield is over, or not needed any more. */
  doneYielding(): void {
    this.#yieldMs = 0;
  }

  /** Gives the producer up. */
  async drop(): Promise<void> {
    const owned = this.#owned;
    this.#owned = null;
    if (owned !== null) await quietly(owned.producer.close());
  }
}

/** What goes wrong while something is closed that is not used any more is nobody's business. */
async function quietly(closing: Promise<unknown>): Promise<void> {
  try {
    await closing;
  } catch {
    // See above.
  }
}

/** The group's offsets of a partition, of another lane: to look, not to write. */
export function lookAt(port: KafkaPort, id: Omit<ReceiptId, 'time'>, topic: string): Promise<WrittenBatches> {
  return port.committed(laneName(id), [{ topic, partition: 0 }]).then(([committed]) => WrittenBatches.of(committed));
}
