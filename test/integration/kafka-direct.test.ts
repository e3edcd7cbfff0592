import { setTimeout as sleep } from 'node:timers/promises';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob, memoryStore } from '@millrace/core';
import type { KafkaPort, OutgoingRecord } from '@millrace/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryAgain } from '../../packages/kafka/src/try-again.ts';
import { kafka } from '../../tools/services/kafka.ts';
import type kafkaNumbers from './jobs/kafka-numbers.ts';
import type { KafkaNumbersParams } from './jobs/kafka-numbers.ts';
import { KafkaBroker, makeTopic, readAll, sharedBroker, withAdmin, withPort } from './kit/kafka-broker.ts';

/* Direct streams from a real broker, which the tests kill and stop. */

const skipped = sharedBroker() === null || kafka.program() === null;
let broker: KafkaBroker;

beforeAll(async () => {
  if (!skipped) broker = await KafkaBroker.make();
});

afterAll(() => broker?.close());

/** Looks now and then: the broker and the job need the processor more. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Runs the job until it has had all offsets, and gives what it saw. */
async function seenBy(
  params: KafkaNumbersParams,
  ends: readonly number[],
  disturb: () => Promise<void> = async () => {},
) {
  const { ssc, streams } = await loadJob<typeof kafkaNumbers>(new URL('./jobs/kafka-numbers.ts', import.meta.url), {
    backend: threads({ workers: 2 }),
    params,
    checkpoint: memoryStore(),
  });
  const seen: string[] = [];
  let batches = 0;
  let reached: number[] = [];
  streams.seen.foreachRDD(
    async (rdd, time) => {
      for (const line of await rdd.collect()) seen.push(line);
      reached = streams.stream.offsetRangesAt(time).map(({ untilOffset }) => untilOffset);
      batches += 1;
    },
    { name: 'seen' },
  );
  await ssc.start();
  const failed = ssc.awaitTermination();
  failed.catch(() => {});
  const done = until(() => reached.length > 0 && reached.every((offset, i) => offset >= (ends[i] as number)));
  await Promise.race([Promise.all([done, disturb()]), failed]);
  await ssc.stop({ graceful: true });
  return { seen, batches };
}

/** Writes records to partitions in turn, in transactions of which some are aborted. @returns what was committed */
async function writeNumbers(port: KafkaPort, topic: string, total: number, keys: number): Promise<number> {
  const CHUNK = 5000;
  const producer = await port.producer({ compression: 'lz4', transactionTimeoutMs: 60_000, transactionalId: topic });
  let committed = 0;
  const padding = 'x'.repeat(80);
  for (let chunk = 0; chunk * CHUNK < total; chunk++) {
    await producer.begin();
    const records = Array.from({ length: CHUNK }, (_, i): OutgoingRecord => {
      const n = chunk * CHUNK + i;
      return {
        topic,
        partition: n % 6,
        key: Buffer.from(`k${n % keys}`),
        value: Buffer.from(`${n} ${padding}`),
        headers: [],
        timestamp: Date.now(),
      };
    });
    await producer.send(records);
    if (chunk % 10 === 7) await producer.abort();
    else {
      await producer.commit();
      committed += CHUNK;
    }
  }
  await producer.close();
  return committed;
}

describe.skipIf(skipped)('a direct stream from a real broker', () => {
  test('1,000,000 records in 6 compacted partitions, some in transactions that were aborted: each once, while the broker is killed and comes back', {
    timeout: 300_000,
  }, async () => {
    const { brokers } = broker;
    // Cleaned soon and in small steps; what was aborted stays until it is cleaned.
    const topic = await makeTopic(brokers, 6, {
      'cleanup.policy': 'compact',
      'segment.bytes': String(2 ** 20),
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '100',
    });
    const committed = await withPort(brokers, (port) => writeNumbers(port, topic, 1_000_000, 300_000));
    const everything = () =>
      withPort(brokers, async (port) => {
        const partitions = await Promise.all(Array.from({ length: 6 }, (_, p) => readAll(port, topic, p)));
        return partitions.flatMap((records, p) => records.map(({ offset, value }) => `${p} ${offset} ${value}`)).sort();
      });
    // Until the cleaner has been there: then little changes any more.
    const first = () => withPort(brokers, async (port) => (await readAll(port, topic, 0)).length);
    for (let last = committed, now = await first(); now >= committed / 8 || now < last; now = await first()) {
      last = now;
      await sleep(1000);
    }
    const before = await everything();
    expect(before.length).toBeLessThan(committed);
    const ends = await withPort(brokers, (port) =>
      port.offsets(
        Array.from({ length: 6 }, (_, partition) => ({ topic, partition, at: 'latest' as const })),
        'read_committed',
      ),
    );
    const { seen, batches } = await seenBy({ brokers, topic, maxRatePerPartition: 150_000 }, ends, async () => {
      for (let kill = 0; kill < 2; kill++) {
        await sleep(300);
        await broker.kill();
        await sleep(300);
        await broker.start();
      }
    });
    const after = await everything();
    // The cleaner may have worked once more after the restarts.
    const sorted = seen.toSorted();
    expect(new Set(sorted).size).toBe(sorted.length);
    expect(sorted.length).toBeGreaterThanOrEqual(after.length);
    const wanted = new Set(before);
    expect(sorted.filter((line) => !wanted.has(line))).toEqual([]);
    const had = new Set(sorted);
    expect(after.filter((line) => !had.has(line))).toEqual([]);
    expect(batches).toBeGreaterThan(5);
  });

  test('a leader that does not answer for 20 s holds batches up, and loses nothing', async () => {
    const { brokers } = broker;
    const topic = await makeTopic(brokers, 2);
    const write = (from: number) =>
      withPort(brokers, async (port) => {
        const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
        await producer.send(
          Array.from({ length: 1000 }, (_, i) => {
            const value = Buffer.from(String(from + i));
            return { topic, partition: i % 2, key: null, value, headers: [], timestamp: Date.now() };
          }),
        );
        await producer.close();
      });
    await write(0);
    const { seen } = await seenBy(
      { brokers, topic, maxRatePerPartition: 1000, more: { requestTimeout: 3000 } },
      [1000, 1000],
      async () => {
        await sleep(300);
        broker.pause();
        await sleep(20_000);
        broker.resume();
        // Its controller took it for dead: it has to lead again first, and until then nothing is written.
        await tryAgain({ most: 40, firstWaitMs: 100, longestWaitMs: 500 }, () => write(1000));
      },
    );
    const numbers = seen.map((line) => Number(line.split(' ')[2])).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  });

  test('members of its group that come and go disturb only the copies of its offsets', async () => {
    const { brokers } = broker;
    const topic = await makeTopic(brokers, 3);
    const group = `${topic}-group`;
    await withPort(brokers, async (port) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      const send = (n: number) =>
        producer.send(
          Array.from({ length: 300 }, (_, i) => {
            const value = Buffer.from(String(n * 300 + i));
            return { topic, partition: i % 3, key: null, value, headers: [], timestamp: Date.now() };
          }),
        );
      await send(0);
      const { seen } = await seenBy({ brokers, topic, maxRatePerPartition: 500, group }, [300, 300, 300], async () => {
        for (let n = 1; n < 3; n++) {
          const how = { group, topics: [topic], from: 'earliest', isolation: 'read_committed' } as const;
          const members = await Promise.all(
            [1, 2].map(() => port.join({ ...how, sessionTimeoutMs: 6000, maxBytes: 2 ** 20 }, async () => {})),
          );
          await send(n);
          await sleep(500);
          await Promise.all(members.map((member) => member.stop()));
        }
      });
      expect(seen.length).toBe(900);
      expect(new Set(seen).size).toBe(900);
      await producer.close();
    });
  });

  test('partitions that are added are read from their first record; a topic that is made again is found', async () => {
    const { brokers } = broker;
    const topic = await makeTopic(brokers, 1);
    const { ssc, streams } = await loadJob<typeof kafkaNumbers>(new URL('./jobs/kafka-numbers.ts', import.meta.url), {
      backend: single(),
      params: { brokers, topic, maxRatePerPartition: 0 },
    });
    const seen: string[] = [];
    streams.seen.foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())), { name: 'seen' });
    await ssc.start();
    const failed = ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e,
    );
    await withPort(brokers, async (port) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      const record = { topic, key: null, headers: [], timestamp: Date.now() };
      await producer.send([{ ...record, partition: 0, value: Buffer.from('a') }]);
      await withAdmin(brokers, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }));
      await until(async () => (await port.topics([topic]))[0]?.partitions.length === 2);
      await producer.close();
      const again = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      await again.send([{ ...record, partition: 1, value: Buffer.from('b') }]);
      await again.close();
    });
    await until(() => seen.length === 2);
    expect(seen.toSorted()).toEqual(['0 0 a', '1 0 b']);
    await withAdmin(brokers, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    });
    await until(() => ssc.health().failure !== null);
    expect(['MR_KAFKA_TOPIC_CHANGED', 'MR_KAFKA_TOPIC_MISSING']).toContain(ssc.health().failure?.code);
    await ssc.stop();
    expect(await failed).not.toBeNull();
  });
});
