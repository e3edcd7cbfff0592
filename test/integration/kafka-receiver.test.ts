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

  test('a record that it cannot decode holds up its partition and no other, and is said once', async () => {
    const topic = await makeTopic(brokers, 2);
    const write = (partition: number, values: readonly string[]) =>
      withPort(brokers, async (port) => {
        const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
        const record = { topic, partition, key: null, headers: [], timestamp: Date.now() };
        await producer.send(values.map((value) => ({ ...record, value: Buffer.from(value) })));
        await producer.close();
      });
    const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));
    await write(0, [...numbers(0, 30), '{bad', ...numbers(30, 30)]);
    const run = async (how: 'fail' | 'drop', enough: (seen: readonly (number | null)[]) => boolean) => {
      const seen: (number | null)[] = [];
      const errors: string[] = [];
      const ssc = new StreamingContext(single(), milliseconds(100), { name: 'received', warn: () => {} });
      const options = {
        brokers,
        client,
        group: `${topic}-${how}`,
        topics: [topic],
        startingOffsets: 'earliest',
      } as const;
      createStream(ssc, {
        ...options,
        value: jsonSerde<number>(),
        onBadRecord: how,
        maxBufferedRecords: 10,
        sessionTimeout: 6000,
      })
        .map(({ value }) => value)
        .foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())), { name: 'seen' });
      ssc.addStreamingListener({
        onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo.lastErrorMessage),
      });
      await ssc.start();
      await until(() => seen.length >= 30);
      if (how === 'fail') await write(1, numbers(1000, 20));
      await until(() => enough(seen));
      await sleep(300);
      await ssc.stop({ graceful: true });
      return { seen, errors };
    };
    const failing = await run('fail', (seen) => seen.length >= 50);
    expect(failing.seen).toEqual([...numbers(0, 30), ...numbers(1000, 20)].map(Number));
    expect(failing.errors).toEqual([expect.stringContaining(`offset 30 of ${topic}/0`)]);
    expect(await committed(`${topic}-fail`, topic)).toBe(50);
    const dropping = await run('drop', (seen) => seen.length >= 80);
    expect([dropping.seen.length, dropping.errors]).toEqual([80, []]);
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
