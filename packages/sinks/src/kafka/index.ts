export { type KafkaSinkOptions, kafkaSink } from './kafka-sink.ts';
export type { KafkaHeaders, KafkaHeaderValue, OutgoingKafkaRecord } from './outgoing-record.ts';
