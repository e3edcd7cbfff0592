import { registerCases, type SourceUnderTest, sourceConformance } from '@millrace/core/testing';
import { stringSerde } from '@millrace/kafka';
import { MemoryKafka } from '@millrace/kafka/testing';
import { describe, it } from 'vitest';
import { createDirectStream, type KafkaRecord, subscribe } from './index.ts';

/** A topic of one partition: offsets are the numbers of the records that were fed. */
function world(): SourceUnderTest<KafkaRecord<string, string>> {
  const kafka = new MemoryKafka();
  kafka.createTopic('t', 1);
  return {
    make: (ssc) =>
      createDirectStream(ssc, {
        brokers: ['memory:1'],
        client: kafka,
        strategy: subscribe('t'),
        startingOffsets: 'earliest',
        key: stringSerde(),
        value: stringSerde(),
        maxRatePerPartition: 7,
      }),
    feed: async (records) => kafka.write('t', 0, records),
    record: (i) => ({
      topic: 't',
      partition: 0,
      offset: i,
      timestamp: i,
      key: `k${i % 3}`,
      value: `record ${i}`,
      headers: [],
    }),
    contacts: () => kafka.requests.length,
    maxRecordsPerBatch: 7,
  };
}

registerCases('createDirectStream', sourceConformance(world), { describe, it });
