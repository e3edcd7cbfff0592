import type { Entry } from '../entry.ts';

/** Errors about Kafka. */
export const kafkaErrors = {
  MR_KAFKA_UNREACHABLE: {
    message: (p: { what: string; brokers: string; waitedMs: number; reason: string }) =>
      `${p.what} did not get through to Kafka at ${p.brokers} within ${p.waitedMs} ms: ${p.reason}.`,
    help: 'See whether the brokers run and `brokers` names them; `retryFor` says how long is waited. What was not read waits in Kafka; a batch that was not written runs again where the job has a checkpoint.',
    spark: 'SparkException',
  },
  MR_KAFKA_REFUSED: {
    message: (p: { what: string; brokers: string; reason: string }) =>
      `Kafka at ${p.brokers} does not allow ${p.what}: ${p.reason}.`,
    help: 'See `sasl` and `tls`, and what the user may do with the topic, the group and the transactional id.',
    spark: 'SparkException',
  },
  MR_KAFKA_FAILED: {
    message: (p: { what: string; brokers: string; reason: string }) =>
      `${p.what} failed at Kafka, ${p.brokers}: ${p.reason}.`,
    help: 'See `cause` for what the client says.',
    spark: 'SparkException',
  },
  MR_KAFKA_TOPIC_MISSING: {
    message: (p: { stream: string; what: string }) => `${p.stream} reads ${p.what}, which is not there.`,
    help: 'Make the topic, or mend its name. Of a topic that was deleted, what had not been read is gone: to go on without it, start without this topic.',
    spark: 'IllegalStateException',
  },
  MR_KAFKA_TOPIC_CHANGED: {
    message: (p: { stream: string; topic: string }) =>
      `The topic ${p.topic}, which ${p.stream} reads, was deleted and made again: offsets of the old one mean nothing in the new one.`,
    help: 'To read the new topic, start with another checkpoint directory, or name the stream otherwise and allow the change.',
    spark: 'IllegalStateException',
  },
  MR_KAFKA_OFFSETS_LOST: {
    message: (p: {
      stream: string;
      topic: string;
      partition: number;
      wanted: number;
      earliest: number;
      latest: number;
    }) =>
      `${p.stream} has to go on at offset ${p.wanted} of ${p.topic}/${p.partition}, but Kafka has only those from ${p.earliest} until ${p.latest}.`,
    help: "Records were deleted before they were read (retention), or the topic lost what it had. `onDataLoss: 'earliest'` or `'latest'` goes on and counts what is lost; longer retention keeps it. Where the topic ends before that offset, its log was cut, or the offset was never there: see `startingOffsets`.",
    spark: 'SparkException',
  },
  MR_KAFKA_RANGE: {
    message: (p: { what: string; topic: string; partition: number; from: number; until: number; rule: string }) =>
      `${p.what} asks for the offsets from ${p.from} until ${p.until} of ${p.topic}/${p.partition}; ${p.rule}.`,
    help: 'Give a range of offsets that Kafka has; `until` is exclusive.',
    spark: 'SparkException',
  },
} as const satisfies Record<string, Entry>;
