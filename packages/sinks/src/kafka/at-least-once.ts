import { type BatchSink, type SinkPartition, using } from '@millrace/core';
import { backoffMs, delay, error, isMillraceError, seededRandom } from '@millrace/core/connector';
import { isKafkaFailure, type KafkaProducer, type OutgoingRecord, type ProducerOptions } from '@millrace/kafka';
import type { WriteOnceOptions } from '../transactional/write-once.ts';
import { inChunks } from './in-chunks.ts';
import { inRequests } from './in-requests.ts';
import { PartitionCounts } from './partition-counts.ts';
import { type Reached, type Reaching, reach } from './reach.ts';
import { type EncodeOptions, RecordEncoder } from './record-encoder.ts';
import { retryable, shown } from './retryable.ts';

/** What the sink needs to know. */
export interface AtLeastOnceOptions<T, K, V> extends Reaching, EncodeOptions<T, K, V> {
  readonly producer: Omit<ProducerOptions, 'transactionalId'>;
  readonly how: WriteOnceOptions;
}

/** The producer of a worker, made anew after an error. */
class SharedProducer {
  readonly counts = new PartitionCounts();
  #producer: Promise<KafkaProducer> | null = null;
  readonly #dropped = new WeakSet<KafkaProducer>();

  /** Whether somebody has given it up: what it fails with then is no reason of its own. */
  wasDropped(producer: KafkaProducer): boolean {
    return this.#dropped.has(producer);
  }

  get({ port, ask }: Reached, options: ProducerOptions): Promise<KafkaProducer> {
    if (this.#producer === null) {
      const made = ask(() => port.producer(options));
      this.#producer = made;
      made.catch(() => this.#forget(made));
    }
    return this.#producer;
  }

  /** Gives up a producer that has failed; those who use it as well will find out. */
  async drop(failed: KafkaProducer): Promise<void> {
    this.#dropped.add(failed);
    const current = this.#producer;
    if (current !== null && (await current.catch(() => null)) === failed) this.#forget(current);
    // It has failed already.
    await failed.close().catch(() => {});
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => null);
    await producer?.close();
  }

  #forget(which: Promise<KafkaProducer>): void {
    if (this.#producer === which) this.#producer = null;
  }
}

/** Writes partitions without transactions: what is tried again may be there twice. */
export function atLeastOnce<T, K, V>(options: AtLeastOnceOptions<T, K, V>): BatchSink<T, number> {
  const shared = using(
    () => new SharedProducer(),
    (producer) => producer.close(),
    { name: 'kafka producer' },
  );
  return {
    kind: 'kafkaSink',
    async write(records, partition) {
      const reached = await reach(options, partition);
      const own = await partition.open(shared);
      const count = (topic: string) => own.counts.of(topic, reached, partition.clock);
      const encoder = new RecordEncoder(options, partition, count);
      let written = 0;
      try {
        for (const chunk of inChunks(records, options.how.chunkSize)) {
          for (const request of inRequests(await encoder.encode(chunk)))
            await send(request, own, reached, partition, options);
          written += chunk.length;
        }
      } catch (reason) {
        if (isMillraceError(reason)) throw reason;
        const cause = shown(reason);
        const text = (cause.message || cause.name).replace(/\.+$/, '');
        throw error('MR_SINK_FAILED', { sink: partition.output, reason: text }, { cause });
      }
      return written;
    },
  };
}

/** Sends until the brokers have it, each time by a producer that has not failed. */
async function send<T, K, V>(
  request: readonly OutgoingRecord[],
  own: SharedProducer,
  reached: Reached,
  { job, output, clock, time, partition }: SinkPartition,
  { producer: producerOptions, how }: AtLeastOnceOptions<T, K, V>,
): Promise<void> {
  const random = seededRandom(JSON.stringify([job, output, time.milliseconds, partition]));
  for (let attempt = 1; ; attempt++) {
    const producer = await own.get(reached, producerOptions);
    try {
      await producer.send(request);
      return;
    } catch (reason) {
      const another = own.wasDropped(producer);
      if (isKafkaFailure(reason)) await own.drop(producer);
      if (isKafkaFailure(reason, 'unknown-topic')) own.counts.forget();
      if (attempt > how.retries || !(another || retryable(reason))) throw reason;
    }
    await delay(clock, backoffMs(attempt, how.backoff, random));
  }
}
