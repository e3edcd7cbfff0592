export {
  bytesSerde,
  type Compression,
  type IsolationLevel,
  jsonSerde,
  type KafkaClient,
  type KafkaConnection,
  type KafkaPort,
  type KafkaSasl,
  msgpackSerde,
  type RawHeader,
  type Serde,
  type SerdeContext,
  stringSerde,
  type TopicPartition,
} from '@millrace/kafka';
export { createDirectStream } from './create-direct-stream.ts';
export { createRDD } from './create-rdd.ts';
export { createStream, type KafkaReceiverOptions } from './create-stream.ts';
export { KafkaInputDStream } from './kafka-input-dstream.ts';
export type { KafkaRecord, OnBadRecord } from './kafka-record.ts';
export type { CommitCallback } from './offset-commits.ts';
export { type OffsetRange, offsetRanges } from './offset-range.ts';
export type { DirectStreamOptions, KafkaReadOptions } from './options.ts';
export type { OnDataLoss } from './read-range.ts';
export type { StartingOffsets } from './starting-offsets.ts';
export { assign, type ConsumerStrategy, subscribe, subscribePattern } from './strategy.ts';
