export {
  type CheckedKafka,
  checkKafkaConnection,
  KAFKA_CONNECTION_OPTIONS,
  type KafkaConnection,
} from './connection.ts';
export { type FailureKind, isKafkaFailure, KafkaFailure } from './failure.ts';
export { kafkajs } from './kafkajs/kafkajs.ts';
export { murmur2, partitionOfKey } from './murmur2.ts';
export type * from './port.ts';
export {
  bytesSerde,
  checkSerde,
  jsonSerde,
  msgpackSerde,
  type Serde,
  type SerdeContext,
  stringSerde,
} from './serde.ts';
export { type Asking, untilReached } from './until-reached.ts';
