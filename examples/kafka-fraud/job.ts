/*
 * A fraud detector: payments come from a topic, alerts go to another one, and what is no payment becomes a dead letter with its
 * error, which `millrace replay` puts through when the cause is mended. The rules are those of `examples/card-fraud`.
 *
 *     millrace run examples/kafka-fraud/job.ts --checkpoint ./fraud --param brokers=127.0.0.1:9092 --param letters=./letters
 *
 * In a topic `payments`: {"card":"ada","at":1772366400000,"cents":1250,"city":"Lisbon","latitude":38.72,"longitude":-9.14}, …
 * Out to `alerts`:       ada: Lisbon and Tokyo, 11144 km in 2 minutes, …
 */
import { defineJob, seconds } from '@millrace/core';
import { deadLetterFile } from '@millrace/sinks/files';
import { kafkaSink } from '@millrace/sinks/kafka';
import { createDirectStream, stringSerde, subscribe } from '@millrace/sources/kafka';
import { impossibleTravel, type Payment } from '../card-fraud/rules.ts';

export interface FraudParams {
  readonly brokers: string;
  readonly from?: string;
  readonly to?: string;
  /** Prefix of the directories of dead letters. */
  readonly letters: string;
}

/** @throws Error that says what is wrong with a text */
export function parsePayment(text: string): Payment {
  const payment = JSON.parse(text) as Payment;
  for (const field of ['at', 'cents', 'latitude', 'longitude'] as const)
    if (typeof payment[field] !== 'number') throw new Error(`a payment needs a number as ${field}`);
  if (typeof payment.card !== 'string' || payment.card === '') throw new Error('a payment needs a card');
  return payment;
}

export default defineJob({ name: 'kafka-fraud', batchInterval: seconds(1) }, (ssc, params: FraudParams) => {
  const { from = 'payments', to = 'alerts', letters } = params;
  const brokers = params.brokers.split(',');
  const texts = createDirectStream(ssc, {
    brokers,
    strategy: subscribe(from),
    startingOffsets: 'earliest',
    value: stringSerde(),
    name: 'texts',
  });
  const payments = texts
    .flatMap(({ value }) => (value === null ? [] : [value]))
    .onError(deadLetterFile(letters))
    .map(parsePayment, { name: 'parse' });
  const alerts = impossibleTravel(payments).map((alert) => ({ value: alert }));
  kafkaSink(alerts, { brokers, topic: to, value: stringSerde(), transactional: true, name: 'alerts' });
});
