import { defineJob, milliseconds, minutes, type State, StateSpec } from '../../packages/core/src/index.ts';
import { kafkaSink } from '../../packages/sinks/src/kafka/index.ts';
import { createDirectStream, stringSerde, subscribe } from '../../packages/sources/src/kafka/index.ts';
import { dieIfAsked, type Poison } from '../kill/mortal-workers.ts';

export interface KafkaKillParams {
  readonly brokers: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly client: 'kafkajs' | 'platformatic';
  /** A worker that sees a 1 in it takes it away and dies; null where the driver does all. */
  readonly poison: Poison | null;
}

/** From one topic to another: each record with its number among those of its key, by state. */
export default defineJob(
  { name: 'kill-kafka', batchInterval: milliseconds(100) },
  (ssc, { brokers, from, to, client, poison }: KafkaKillParams) => {
    const serdes = { key: stringSerde(), value: stringSerde() };
    const records = createDirectStream(ssc, {
      brokers,
      client,
      strategy: subscribe(from),
      startingOffsets: 'earliest',
      ...serdes,
      requestTimeout: 5000,
      // The broker may need long to be there again on a machine with other work.
      retryFor: minutes(5),
      name: 'records',
    });
    const count = (key: string, text: string | null, seen: State<number>) => {
      const n = (seen.getOption() ?? 0) + 1;
      seen.update(n);
      return { key, value: `${text} ${n}` };
    };
    const numbered = records
      .map(({ key, value }): [string, string] => {
        dieIfAsked(poison);
        return [key ?? '', value ?? ''];
      })
      .mapWithState(StateSpec.function(count));
    kafkaSink(numbered, {
      brokers,
      client,
      topic: to,
      ...serdes,
      transactional: true,
      retries: 20,
      retryFor: minutes(5),
      name: 'numbered',
    });
    return { records };
  },
);
