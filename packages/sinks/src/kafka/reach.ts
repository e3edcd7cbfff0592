import type { SinkPartition } from '@millrace/core';
import { type CheckedKafka, type KafkaPort, untilReached } from '@millrace/kafka';

/** Where the sink writes, and how long brokers may be away. */
export interface Reaching {
  readonly kafka: CheckedKafka;
  readonly retryForMs: number;
}

/** A port, and how it is asked. */
export interface Reached {
  readonly port: KafkaPort;
  /** Asks until brokers that are away are there again. @throws as `untilReached` */
  ask<R>(question: () => Promise<R>): Promise<R>;
}

/** The port of this worker. @throws MR_KAFKA_UNREACHABLE, MR_KAFKA_REFUSED, MR_KAFKA_FAILED, MR_MISSING_PACKAGE */
export async function reach({ kafka, retryForMs }: Reaching, partition: SinkPartition): Promise<Reached> {
  const { output, clock } = partition;
  const asking = { what: `The sink ${output}`, brokers: kafka.shown, clock, retryForMs };
  const port = await untilReached(asking, () => partition.open(kafka.port));
  return { port, ask: (question) => untilReached(asking, question) };
}
