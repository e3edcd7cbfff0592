/*
 * For tests of programs that use Kafka, and the suite that clients pass. Needs no test runner to be imported.
 */
export type { TestCluster } from './cluster.ts';
export { type MemoryFate, MemoryKafka, type MemoryRecord } from './memory-kafka.ts';
export { type KafkaPortUnderTest, kafkaPortConformance } from './port-conformance.ts';
