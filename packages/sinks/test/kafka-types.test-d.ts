/*
 * Type tests: checked by the compiler, never run. A stream goes to Kafka as it is, or says what becomes of its records.
 */
import type { DStream } from '@millrace/core';
import { jsonSerde, stringSerde } from '@millrace/kafka';
import { kafkaSink } from '@millrace/sinks/kafka';

declare const bytes: DStream<{ value: Uint8Array }>;
declare const texts: DStream<{ key: string; value: { n: number } | null; headers: { trace: string } }>;
declare const pairs: DStream<[string, number]>;
const where = { brokers: ['h:1'], topic: 't' };

kafkaSink(bytes, where);
kafkaSink(texts, { ...where, key: stringSerde(), value: jsonSerde<{ n: number }>() });
kafkaSink(pairs, {
  ...where,
  topic: ([word]) => word,
  record: ([word, n]) => ({ key: word, value: n, headers: [['n', String(n)]] }),
  key: stringSerde(),
  value: jsonSerde<number>(),
});

// @ts-expect-error pairs are no records of Kafka
kafkaSink(pairs, where);
// @ts-expect-error values are no bytes
kafkaSink(texts, where);
// @ts-expect-error the function gives numbers as keys
kafkaSink(pairs, { ...where, record: ([, n]) => ({ key: n, value: 'v' }), key: stringSerde(), value: stringSerde() });
