import { SystemClock } from '@millrace/core';
import { registerCases } from '@millrace/core/testing';
import { isKafkaFailure, type KafkaClient, kafkajs, untilReached } from '@millrace/kafka';
import { platformatic } from '@millrace/kafka/platformatic';
import { kafkaPortConformance } from '@millrace/kafka/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokerFacts, KafkaBroker, sharedBroker } from './kit/kafka-broker.ts';
import { KafkaCluster, otherWays, plainSettings } from './kit/kafka-cluster.ts';
import { until } from './kit/until.ts';

/* Both clients against a real broker. */

const shared = sharedBroker();
const facts = shared as BrokerFacts;

describe.skipIf(shared === null)('Kafka', () => {
  let cluster: KafkaCluster;
  beforeAll(() => {
    cluster = new KafkaCluster(facts);
  });
  afterAll(() => cluster.close());

  const cases = (client: KafkaClient) =>
    kafkaPortConformance(() => ({ client, settings: plainSettings(facts), ways: otherWays(facts), cluster }));
  registerCases('kafkajs', cases(kafkajs), { describe, it });
  registerCases('@platformatic/kafka', cases(platformatic), { describe, it });

  it.each([kafkajs, platformatic])('$name goes on when its broker was killed and is there again', async (client) => {
    const server = await KafkaBroker.make();
    const own = server.facts;
    const admin = new KafkaCluster(own);
    const port = await client.connect(plainSettings(own));
    try {
      await admin.createTopic('orders', 2);
      const [topic] = await port.topics(['orders']);
      const where = { topic: 'orders', topicId: topic?.id ?? '', partition: 0, isolation: 'read_committed' } as const;
      const read = () => port.fetch({ ...where, offset: 0, maxBytes: 100_000, maxWaitMs: 0 });
      const order = (value: string, partition = 0) => {
        return { topic: 'orders', partition, key: null, value: Buffer.from(value), headers: [], timestamp: Date.now() };
      };
      const options = { compression: 'none', transactionTimeoutMs: 60_000, transactionalId: 'shop' } as const;
      const producer = await port.producer(options);
      await producer.begin();
      await producer.send([order('first')]);
      await producer.commit();
      const seen: string[] = [];
      const join = () =>
        port.join(
          {
            group: 'g',
            topics: ['orders'],
            from: 'earliest',
            isolation: 'read_committed',
            sessionTimeoutMs: 6000,
            maxBytes: 1000,
          },
          async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
        );
      const member = await join();
      // Handled and committed: what the broker has not heard of when it is killed comes again.
      await until(async () => (await port.committed('g', [where])).some(({ offset }) => offset > 0));
      await producer.begin();
      await producer.send([order('never committed', 1)]);
      await server.kill();

      const questions = [
        () => port.topics('all'),
        read,
        () => port.committed('g', [where]),
        () => port.producer(options),
      ];
      for (const ask of questions) await expect(ask()).rejects.toSatisfy((e) => isKafkaFailure(e, 'again'));
      await expect(producer.commit()).rejects.toSatisfy((e) => isKafkaFailure(e));
      await producer.close();
      // Whoever uses a member makes another one; it does not wait for long by itself.
      await expect(member.ended).rejects.toSatisfy((e) => isKafkaFailure(e, 'again'));

      await server.start();
      const asking = { what: 'The test', brokers: 'its own', clock: new SystemClock(), retryForMs: 60_000 };
      // A broker that has just started may not lead everything yet: another producer takes over until one comes through.
      const next = await untilReached(asking, async () => {
        const made = await port.producer(options);
        await made.begin();
        await made.send([order('second')]);
        return made;
      });
      await next.commit();
      await untilReached(asking, join);
      await until(() => seen.includes('second'));
      expect(seen).toEqual(['first', 'second']);
      expect((await read()).records.map(({ value }) => String(value))).toEqual(['first', 'second']);
      const ends = [{ topic: 'orders', partition: 1, at: 'latest' as const }];
      // What the broker had not committed was aborted by who took over: a record and a mark.
      expect(await port.offsets(ends, 'read_committed')).toEqual([2]);
    } finally {
      await port.close();
      await admin.close();
      await server.close();
    }
  });
});
