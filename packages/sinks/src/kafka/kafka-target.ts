import { type SinkPartition, using } from '@millrace/core';
import { delay } from '@millrace/core/connector';
import { isKafkaFailure, type ProducerOptions } from '@millrace/kafka';
import type { Receipt, ReceiptId, TargetTransaction, TransactionalTarget } from '../transactional/index.ts';
import { inRequests } from './in-requests.ts';
import type { Lane, Owned } from './lane.ts';
import { Lanes } from './lanes.ts';
import { Layouts } from './layouts.ts';
import { PartitionCounts } from './partition-counts.ts';
import { type Reached, type Reaching, reach } from './reach.ts';
import { type EncodeOptions, RecordEncoder } from './record-encoder.ts';
import { retryable, shown } from './retryable.ts';

/** What the target needs to know. */
export interface KafkaTargetOptions<T, K, V> extends Reaching, EncodeOptions<T, K, V> {
  /** The topic whose partition 0 the offsets with the receipts are of. */
  readonly receipts: string;
  readonly producer: Omit<ProducerOptions, 'transactionalId'>;
}

/** So often a lane that another writer took over is looked at, in ms. */
const LOOK_MS = 50;

/** What is open in a worker. */
interface Workplace {
  readonly lanes: Lanes;
  readonly layouts: Layouts;
  readonly counts: PartitionCounts;
}

/**
 * Kafka as a target: each partition of a batch is one transaction, of the records and of an offset that has the receipt.
 *
 *     begin    a producer named after job, output and partition: fences and ends what others with the name had begun
 *     write    the records
 *     commit   the offset of a group with the same name; its metadata says which batches are written
 */
export function kafkaTarget<T, K, V>(options: KafkaTargetOptions<T, K, V>): TransactionalTarget<T> {
  const timeoutMs = options.producer.transactionTimeoutMs;
  const workplace = using<Workplace>(
    () => ({
      lanes: new Lanes(options.receipts),
      layouts: new Layouts(options.receipts),
      counts: new PartitionCounts(),
    }),
    ({ lanes }) => lanes.close(),
    { name: 'kafka producers' },
  );
  return {
    kind: 'kafkaSink',
    async seen(id, partition) {
      const lane = (await partition.open(workplace)).lanes.of(id);
      const { known } = lane;
      if (known !== null) return known.receipt(id, partition.numPartitions);
      return lookFor(lane, id, partition, await reach(options, partition));
    },
    async begin(partition) {
      const reached = await reach(options, partition);
      const place = await partition.open(workplace);
      const { job, output, time, numPartitions } = partition;
      const id = { job, output, time: time.milliseconds, partition: partition.partition };
      const lane = place.lanes.of(id);
      const release = await lane.turn();
      try {
        // Offsets of a topic that is not there would not be kept.
        await place.counts.of(options.receipts, reached, partition.clock);
        const owned = await lane.own(reached, options.producer);
        const first = owned.written.receipt(id, numPartitions);
        // Somebody was faster since it was looked for.
        if (first !== null) return nothingToDo(first, release);
        await place.layouts.declare({ ...id, numPartitions, records: 0 }, reached);
        await owned.producer.begin();
        const count = (topic: string) => place.counts.of(topic, reached, partition.clock);
        const encoder = new RecordEncoder(options, partition, count);
        return transaction(encoder, { place, lane, owned, release, partition, timeoutMs });
      } catch (e) {
        if (isKafkaFailure(e)) await lane.drop();
        release();
        throw e;
      }
    },
    retryable,
    shown,
  };
}

/** What the group says; where another writer took over, for as long as it is given to commit. */
async function lookFor(lane: Lane, id: ReceiptId, partition: SinkPartition, reached: Reached): Promise<Receipt | null> {
  const began = partition.clock.elapsed();
  for (;;) {
    const receipt = (await lane.look(reached)).receipt(id, partition.numPartitions);
    if (receipt !== null || partition.clock.elapsed() - began >= lane.yieldMs) {
      lane.doneYielding();
      return receipt;
    }
    await delay(partition.clock, LOOK_MS);
  }
}

function nothingToDo<T>(first: Receipt, release: () => void): TargetTransaction<T> {
  return {
    write() {},
    commit() {
      release();
      return first;
    },
    rollback: release,
  };
}

/** What a transaction works with. */
interface Work {
  readonly place: Workplace;
  readonly lane: Lane;
  readonly owned: Owned;
  readonly release: () => void;
  readonly partition: SinkPartition;
  /** After so long the brokers abort a transaction. */
  readonly timeoutMs: number;
}

function transaction<T, K, V>(
  encoder: RecordEncoder<T, K, V>,
  { place, lane, owned, release, partition, timeoutMs }: Work,
): TargetTransaction<T> {
  const { producer } = owned;
  const { clock } = partition;
  const began = clock.elapsed();
  let failure: unknown = null;
  const ask = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (e) {
      failure = e;
      throw e;
    }
  };
  return {
    async write(records) {
      for (const request of inRequests(await encoder.encode(records))) await ask(() => producer.send(request));
    },
    async commit(receipt) {
      const written = owned.written.with(receipt);
      await ask(async () => {
        await lane.sendReceipt(producer, receipt.time, written);
        await producer.commit();
      });
      owned.written = written;
      release();
      return receipt;
    },
    async rollback() {
      try {
        const ranMs = clock.elapsed() - began;
        // One that took too long was fenced by the brokers: nobody else writes.
        if (isKafkaFailure(failure, 'fenced') && ranMs < timeoutMs) lane.wasFenced(ranMs);
        if (isKafkaFailure(failure, 'unknown-topic')) place.counts.forget();
        // Where brokers are lost or somebody has taken over there is nothing to abort: the next producer of the name ends it.
        if (!isKafkaFailure(failure, 'again') && !isKafkaFailure(failure, 'fenced')) await producer.abort();
        // After a failure of Kafka nobody knows where the producer stands.
        if (failure !== null) await lane.drop();
      } catch (e) {
        await lane.drop();
        throw e;
      } finally {
        release();
      }
    },
  };
}
