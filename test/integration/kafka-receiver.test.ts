import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { single } from '@millrace/backend-single';
import { milliseconds, StreamingContext } from '@millrace/core';
import { createStream, jsonSerde, stringSerde } from '@millrace/sources/kafka';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokersOf, makeTopic, sharedBroker, withPort } from './kit/kafka-broker.ts';

/* The form with a receiver: a member of a group, which commits what is in the log. */

const shared = sharedBroker();
let work = '';

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'millrace-kafka-receiver-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

describe.skipIf(shared === null).each(['kafkajs', 'platformatic'] as const)('createStream with %s', (client) => {
  const brokers = shared === null ? [] : brokersOf(shared);

  /** Writes numbers to a topic's partitions in turn. */
  const write = (topic: string, from: number, count: number) =>
    withPort(brokers, async (port) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      await producer.send(
        Array.from({ length: count }, (_, i) => {
          const value = Buffer.from(String(from + i));
          return { topic, partition: i % 2, key: null, value, headers: [], timestamp: Date.now() };
        }),
      );
      await producer.close();
    });

  const committed = (group: string, topic: string) =>
    withPort(brokers, async (port) =>
      (
        await port.committed(
          group,
          [0, 1].map((partition) => ({ topic, partition })),
        )
      ).reduce((n, c) => n + c.offset, 0),
    );

  /** One life of a job with a log. */
  async function life(topic: string, seen: number[], how: { maxBufferedRecords?: number } = {}) {
    const ssc = new StreamingContext(single(), milliseconds(100), { name: 'received', warn: () => {} });
    ssc.checkpoint(join(work, 'checkpoint'));
    createStream(ssc, {
      brokers,
      client,
      group: `${topic}-group`,
      topics: [topic],
      startingOffsets: 'earliest',
      value: stringSerde(),
      sessionTimeout: 6000,
      name: 'numbers',
      ...how,
    })
      .map(({ value }) => Number(value))
      .foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())), { name: 'seen' });
    await ssc.start();
    return ssc;
  }

  test('loses nothing over restarts, and commits what is in the log', async () => {
    const topic = await makeTopic(brokers, 2);
    const seen: number[] = [];
    for (let n = 0; n < 3; n++) {
      await write(topic, n * 100, 100);
      const ssc = await life(topic, seen);
      await until(() => new Set(seen).size === (n + 1) * 100);
      // What is committed was in the log before, so it may come a little later.
      await until(async () => (await committed(`${topic}-group`, topic)) === (n + 1) * 100);
      await ssc.stop({ graceful: n % 2 === 0 });
    }
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('takes no more than it has room for, and gets all in the end', async () => {
    const topic = await makeTopic(brokers, 2);
    await write(topic, 0, 1000);
    const seen: number[] = [];
    const ssc = await life(topic, seen, { maxBufferedRecords: 50 });
    await until(() => new Set(seen).size === 1000);
    await ssc.stop({ graceful: true });
    expect(seen.length).toBe(1000);
  });

  test('says which record it cannot decode, each time it comes to it, and repeats nothing of what is before it', async () => {
    const topic = await makeTopic(brokers, 1);
    const values = [
      ...Array.from({ length: 30 }, (_, i) => String(i)),
      '{bad',
      ...Array.from({ length: 30 }, () => '0'),
    ];
    await withPort(brokers, async (port) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      const record = { topic, partition: 0, key: null, headers: [], timestamp: Date.now() };
      for (const value of values) await producer.send([{ ...record, value: Buffer.from(value) }]);
      await producer.close();
    });
    const run = async (
      group: string,
      onBadRecord: 'fail' | 'drop',
      enough: (seen: number, errors: number) => boolean,
    ) => {
      const seen: (number | null)[] = [];
      const errors: string[] = [];
      const restarts = { intake: { restartDelay: milliseconds(50) } };
      const ssc = new StreamingContext(single(), milliseconds(100), { name: 'received', warn: () => {}, ...restarts });
      const options = {
        brokers,
        client,
        group,
        topics: [topic],
        startingOffsets: 'earliest',
        sessionTimeout: 6000,
      } as const;
      createStream(ssc, {
        ...options,
        value: jsonSerde<number>(),
        onBadRecord,
        maxBufferedRecords: 10,
        maxPartitionFetchBytes: 500,
      })
        .map(({ value }) => value)
        .foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())), { name: 'seen' });
      ssc.addStreamingListener({
        onReceiverStopped: ({ receiverInfo }) => void errors.push(receiverInfo.lastErrorMessage),
      });
      await ssc.start();
      await until(() => enough(seen.length, errors.length));
      const said = [...errors];
      await ssc.stop({ graceful: true });
      return { seen, errors: said };
    };
    const failing = await run(`${topic}-fail`, 'fail', (_, errors) => errors >= 2);
    expect(failing.errors[0]).toContain(`offset 30 of ${topic}/0`);
    expect(failing.seen.length).toBeLessThanOrEqual(30);
    expect(failing.seen).toEqual(Array.from({ length: failing.seen.length }, (_, i) => i));
    const dropping = await run(`${topic}-drop`, 'drop', (seen) => seen >= 60);
    expect([dropping.seen.length, dropping.errors]).toEqual([60, []]);
  });
});

test('options are checked', () => {
  const ssc = new StreamingContext(single(), milliseconds(100), { warn: () => {} });
  const options = { brokers: ['a:1'], group: 'g', topics: ['t'] };
  for (const wrong of [
    { group: '' },
    { topics: [] },
    { startingOffsets: { timestamp: 1 } },
    { onDataLoss: 'fail' },
    { runOn: 'x' },
  ])
    expect(() => createStream(ssc, { ...options, ...wrong } as never), JSON.stringify(wrong)).toThrow(
      expect.objectContaining({ code: 'MR_OPTION' }),
    );
});
