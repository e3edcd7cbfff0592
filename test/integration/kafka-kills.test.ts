import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killKafka } from '../../tools/kill-kafka/run.ts';
import { kafka } from '../../tools/services/kafka.ts';
import { KafkaBroker, sharedBroker } from './kit/kafka-broker.ts';

/*
 * From one topic of Kafka to another, exactly once, while the job's process, its workers or the broker is killed with -9 at random
 * moments; 50 times and more by `npm run test:kill-kafka -- --runs 50`.
 */
const CASES = [
  ['process', 'single', 'kafkajs', 8],
  ['process', 'threads', 'platformatic', 8],
  ['workers', 'threads', 'kafkajs', 8],
  ['broker', 'threads', 'kafkajs', 2],
] as const;

const skipped = sharedBroker() === null || kafka.program() === null;
let broker: KafkaBroker;

beforeAll(async () => {
  if (!skipped) broker = await KafkaBroker.make();
});

afterAll(() => broker?.close());

describe.skipIf(skipped)('from topic to topic', () => {
  for (const [victim, backend, client, runs] of CASES) {
    test(`every record is there once, with the right state, when the ${victim} dies again and again; ${backend}, ${client}`, {
      timeout: 240_000,
    }, async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const { read, kills, lost, repeated, wrong } = await killKafka({ backend, victim, client, runs, seed, broker });
      console.log(`seed ${seed}, ${kills} kills, ${read} records`);
      expect({ seed, lost, repeated, wrong }).toEqual({ seed, lost: [], repeated: [], wrong: [] });
      expect(read).toBeGreaterThan(0);
      expect(kills).toBeGreaterThan(0);
    });
  }
});
