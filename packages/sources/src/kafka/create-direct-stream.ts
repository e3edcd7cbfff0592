import type { StreamingContext } from '@millrace/core';
import { KafkaInputDStream } from './kafka-input-dstream.ts';
import type { DirectStreamOptions } from './options.ts';

/**
 * Records of Kafka topics, in exact ranges of offsets. When a batch is due the driver fixes what it reads of each partition:
 * from where the batch before has ended, until what the brokers have, within the limits (R164, R165). The tasks read these
 * ranges themselves, where they run: records do not pass the driver. Each partition of a topic is a partition of the batch, also
 * when it is empty, with its records in the order of their offsets.
 *
 * With a checkpoint the offsets are in it: a batch that runs again reads the same records (R170), and a job goes on where it
 * stood. Without one it begins where the `group` has committed, else at `startingOffsets` (R166). The group is only a place for
 * offsets that other tools can look at: the stream does not join it, and members of it disturb nothing but these copies.
 *
 * Partitions that are added while the job runs are read from their first record. A topic that was deleted, or made again, fails the
 * batch; so do offsets that are gone before they were read, unless `onDataLoss` says otherwise.
 *
 * Rates: `maxRatePerPartition`, and with `backpressure` what the job can hold, shared by lag. A batch is never larger in memory
 * than two fetches of each task that reads. Lag of each partition is in `metadata.lag` of the stream's input info.
 *
 * @throws MR_OPTION, MR_DURATION; at start and in batches MR_KAFKA_UNREACHABLE, MR_KAFKA_REFUSED, MR_KAFKA_FAILED,
 * MR_KAFKA_TOPIC_MISSING, MR_KAFKA_TOPIC_CHANGED, MR_KAFKA_OFFSETS_LOST, MR_BAD_RECORD, MR_MISSING_PACKAGE
 * @example
 * ```ts
 * const orders = createDirectStream(ssc, {
 *   brokers: [endpoint.host],
 *   strategy: subscribe('orders'),
 *   startingOffsets: 'earliest',
 *   value: jsonSerde<{ sku: string; amount: number }>(),
 *   group: 'sales',
 * });
 * orders.map(({ value }) => [value?.sku ?? '', value?.amount ?? 0]).reduceByKey((a, b) => a + b).print();
 * ```
 */
export function createDirectStream<K = Uint8Array, V = Uint8Array>(
  ssc: StreamingContext,
  options: DirectStreamOptions<K, V>,
): KafkaInputDStream<K, V> {
  return new KafkaInputDStream<K, V>(ssc, options);
}
