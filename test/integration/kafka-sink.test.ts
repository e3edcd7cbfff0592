import { readFileSync } from 'node:fs';
import { single } from '@millrace/backend-single';
import { type Resource, type SinkPartition, StreamingContext, SystemClock, seconds, Time } from '@millrace/core';
import { ManualClock, registerCases, runBatches, TestSource } from '@millrace/core/testing';
import {
  bytesSerde,
  checkKafkaConnection,
  jsonSerde,
  type KafkaConnection,
  KafkaFailure,
  stringSerde,
  untilReached,
} from '@millrace/kafka';
import { type KafkaSinkOptions, kafkaSink, type OutgoingKafkaRecord } from '@millrace/sinks/kafka';
import { transactionalTargetConformance } from '@millrace/sinks/testing';
import type { Receipt } from '@millrace/sinks/transactional';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { kafkaTarget } from '../../packages/sinks/src/kafka/kafka-target.ts';
import { writeOnce } from '../../packages/sinks/src/transactional/write-once.ts';
import { runningService } from '../../tools/services/running.ts';
import { brokersOf, sharedBroker } from './kit/kafka-broker.ts';
import { Topics } from './kit/kafka-topics.ts';

/* Batches into a real broker of Kafka, which is also killed while it is written to. */

const shared = sharedBroker();
const connection: KafkaConnection = { brokers: shared === null ? [] : brokersOf(shared) };

describe.skipIf(shared === null)('Kafka', () => {
  let topics: Topics;
  beforeAll(async () => {
    topics = await Topics.connect(connection);
    // The first group of a broker has to wait for the topic of its offsets.
    const topic = await topics.make('first');
    const asking = { what: 'the test', brokers: 'shared', clock: new SystemClock(), retryForMs: 30_000 };
    await untilReached(asking, () => topics.port.committed('first', [{ topic, partition: 0 }]));
  });
  afterAll(() => topics?.close());

  /** A target that writes numbers, and its world. */
  async function numbers(topic: string) {
    const target = kafkaTarget<number, string, Uint8Array>({
      kafka: checkKafkaConnection('test', connection),
      retryForMs: 20_000,
      producer: { compression: 'none', transactionTimeoutMs: 60_000 },
      topic,
      receipts: topic,
      // The clock of the suite stands at 1970, which is too old for brokers to keep.
      record: (i) => ({ key: String(i), value: Buffer.from(String(i)), timestamp: Date.now() }),
      key: stringSerde(),
      value: bytesSerde(),
    });
    const rows = async () => (await topics.committed(topic)).flat().map(({ value }) => Number(value));
    return { target, record: (i: number) => i, rows };
  }

  registerCases(
    'target',
    transactionalTargetConformance(async () => {
      // Jobs and outputs have the same names in all cases: offsets go with their topic.
      return numbers(await topics.make('numbers', 3));
    }),
    { describe, it },
  );
  /** Partitions of batches in a worker of its own: what is open there is not open elsewhere. */
  class Worker {
    readonly #open = new Map<object, Promise<unknown>>();

    at(about: Partial<SinkPartition>): SinkPartition {
      return {
        ...{ job: 'job', output: 'stored', time: new Time(1000), partition: 0, numPartitions: 1 },
        clock: new SystemClock(),
        open: <C>(resource: Resource<C>) => {
          const opened = this.#open.get(resource) ?? resource.open();
          this.#open.set(resource, opened);
          return opened as Promise<C>;
        },
        ...about,
      };
    }

    async close(): Promise<void> {
      for (const [resource, opened] of this.#open) await (resource as Resource<unknown>).close(await opened);
    }
  }

  const often = { chunkSize: 10, retries: 20, backoff: { initialMs: 10, maxMs: 100 } };
  const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);
  const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

  test('two workers write the same batches at the same time: each record is there once', async () => {
    const { target, rows } = await numbers(await topics.make('twice', 3));
    const workers = [new Worker(), new Worker()];
    const batches = 15;
    const receipts = await Promise.all(
      workers.map(async (worker) => {
        const found: Receipt[] = [];
        for (let b = 0; b < batches; b++) {
          const at = worker.at({ time: new Time(1000 * (b + 1)) });
          found.push(await writeOnce(target, upTo(50 * (b + 1), 50 * b), at, often));
        }
        return found;
      }),
    );
    expect(receipts[0]).toEqual(receipts[1]);
    expect(sorted(await rows())).toEqual(upTo(50 * batches));
    await Promise.all(workers.map((worker) => worker.close()));
  });

  test('what a worker had begun and never ended does not hold up the next one, and is not there', async () => {
    const { target, rows } = await numbers(await topics.make('zombie', 3));
    const [dead, next] = [new Worker(), new Worker()];
    const begun = await target.begin(dead.at({}));
    await begun.write([100, 101, 102]);
    expect((await writeOnce(target, [1, 2], next.at({}), often)).records).toBe(2);
    expect(sorted(await rows())).toEqual([1, 2]);
    // It is not dead after all: it is refused, and finds what is there.
    const receipt = { job: 'job', output: 'stored', time: 1000, partition: 0, numPartitions: 1, records: 3 };
    await expect(Promise.resolve(begun.commit(receipt))).rejects.toMatchObject({ kind: 'fenced' });
    await begun.rollback();
    expect((await writeOnce(target, [7, 8, 9], dead.at({}), often)).records).toBe(2);
    // And goes on with the next batch.
    await writeOnce(target, [3], dead.at({ time: new Time(2000) }), often);
    await writeOnce(target, [4], next.at({ time: new Time(3000) }), often);
    expect(sorted(await rows())).toEqual([1, 2, 3, 4]);
    await dead.close();
    await next.close();
  });

  test('a commit whose answer was lost is found', async () => {
    const { target, rows } = await numbers(await topics.make('answer', 3));
    const worker = new Worker();
    let lost = 0;
    const losing: typeof target = {
      ...target,
      async begin(partition) {
        const begun = await target.begin(partition);
        return {
          ...begun,
          async commit(receipt) {
            await begun.commit(receipt);
            lost += 1;
            throw new KafkaFailure('again', 'the answer was lost');
          },
        };
      },
    };
    expect((await writeOnce(losing, [1, 2, 3], worker.at({}), often)).records).toBe(3);
    expect([lost, sorted(await rows())]).toEqual([1, [1, 2, 3]]);
    await worker.close();
  });

  /** Runs batches of one job; the first failure. The same `from` gives the same batch times. */
  async function run<T>(
    batches: readonly (readonly T[])[],
    options: Omit<KafkaSinkOptions<T, any, any>, 'brokers'>,
    {
      numPartitions = 2,
      from = Date.now(),
      ...more
    }: { numPartitions?: number; from?: number } & Partial<KafkaConnection> = {},
  ): Promise<(Error & { code: string }) | null> {
    const clock = new ManualClock(from);
    const ssc = new StreamingContext(single(), seconds(1), { clock, name: 'job', warn: () => {} });
    kafkaSink<any, any, any>(new TestSource(ssc, batches, { numPartitions }), {
      ...connection,
      name: 'stored',
      retries: 0,
      ...more,
      ...options,
    });
    await ssc.start();
    await runBatches(ssc, clock, batches.length);
    await ssc.stop();
    return ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e as never,
    );
  }

  for (const transactional of [true, false]) {
    test(`all that is in a record arrives, transactional: ${transactional}`, async () => {
      const [topic, other] = [await topics.make('records', 3), await topics.make('other', 2)];
      const from = Date.now();
      const records: OutgoingKafkaRecord<string, unknown>[] = [
        { key: 'a', value: { n: 1 }, headers: { trace: 'x', bytes: new Uint8Array([0, 255]) }, partition: 2 },
        { key: 'a', value: null, partition: 2, timestamp: from - 5 },
        {
          value: 'no key',
          headers: [
            ['twice', '1'],
            ['twice', '2'],
          ],
          partition: 2,
        },
        { key: 'ü✓', value: [1], topic: other, partition: 1 },
      ];
      const serdes = { key: stringSerde(), value: jsonSerde() };
      const options = { topic, ...serdes, transactional, compression: 'gzip' } as const;
      expect(await run([records], options, { numPartitions: 1, from })).toBeNull();
      const found = (await topics.committed(topic))[2]?.map(({ key, value, headers, timestamp }) => [
        key === null ? null : String(key),
        value === null ? null : JSON.parse(String(value)),
        headers.map(([name, of]) => [name, String(of)]),
        timestamp,
      ]);
      // The batch time is where the clock stood.
      expect(found).toEqual([
        [
          'a',
          { n: 1 },
          [
            ['trace', 'x'],
            ['bytes', String(Buffer.from([0, 255]))],
          ],
          from + 1000,
        ],
        ['a', null, [], from - 5],
        [
          null,
          'no key',
          [
            ['twice', '1'],
            ['twice', '2'],
          ],
          from + 1000,
        ],
      ]);
      expect((await topics.committed(other))[1]?.map(({ key }) => String(key))).toEqual(['ü✓']);
    });
  }

  test('records of a key are in the partition that the Java client chooses; those without one are spread', async () => {
    const topic = await topics.make('keys', 5);
    const keys = upTo(200).map((i) => `key ${i} ✓`);
    const records = [...keys.map((key) => ({ key, value: key })), ...upTo(2000).map(() => ({ value: 'none' }))];
    const options = { topic, key: stringSerde(), value: stringSerde(), transactional: true };
    expect(await run([records], options, { numPartitions: 1 })).toBeNull();
    // kafkajs has the partitioner of the Java client, written by others.
    const java = Partitioners.DefaultPartitioner();
    const partitionMetadata = upTo(5).map((partitionId) => ({ partitionId, leader: 1 }) as PartitionMetadata);
    const read = await topics.committed(topic);
    for (const [partition, of] of read.entries()) {
      for (const { key } of of) {
        if (key !== null)
          expect(java({ topic, partitionMetadata, message: { key, value: null } }), String(key)).toBe(partition);
      }
      expect(of.filter(({ key }) => key === null)).toHaveLength(400);
    }
    expect(read.flat()).toHaveLength(2200);
  });

  test('batches again, without records, many after one another; another number of partitions is refused', async () => {
    const topic = await topics.make('again', 2);
    const from = Date.now();
    const batches = [...Array.from({ length: 20 }, () => []), ['a', 'b'], [], ['c']];
    const options = { topic, record: (value: string) => ({ value }), value: stringSerde(), transactional: true };
    const values = async () =>
      (await topics.committed(topic))
        .flat()
        .map(({ value }) => String(value))
        .sort();
    for (let times = 0; times < 2; times++) {
      expect(await run(batches, options, { from })).toBeNull();
      expect(await values()).toEqual(['a', 'b', 'c']);
    }
    expect((await run(batches, options, { from, numPartitions: 3 }))?.code).toBe('MR_SINK_LAYOUT');
    expect(await run([...batches, ['d']], options, { from })).toBeNull();
    expect(await values()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a topic that grows gets records in its new partitions', async () => {
    const topic = await topics.make('grows', 1);
    const options = { topic, record: (key: string) => ({ key, value: key }), key: stringSerde(), value: stringSerde() };
    const keys = upTo(50).map(String);
    const clock = new ManualClock(Date.now());
    const ssc = new StreamingContext(single(), seconds(60), { clock, name: 'job', warn: () => {} });
    kafkaSink(new TestSource(ssc, [keys, keys, keys]), { ...connection, ...options, transactional: true, retries: 0 });
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await topics.grow(topic, 4);
    await runBatches(ssc, clock, 2);
    await ssc.stop();
    await ssc.awaitTermination();
    const counts = (await topics.committed(topic)).map((of) => of.length);
    expect(counts.reduce((sum, n) => sum + n)).toBe(150);
    for (const count of counts) expect(count).toBeGreaterThan(0);
  });

  test('what cannot be written says so, without secrets', async () => {
    const topic = await topics.make('wrong', 1);
    const plain = { topic, record: (value: string) => ({ value }), value: stringSerde() };
    const { facts } = runningService('kafka') as { facts: Record<string, any> };
    const secure = {
      brokers: [`${facts['host']}:${facts['sasl']}`],
      tls: { ca: readFileSync(facts['ca'], 'utf8') },
    };
    for (const transactional of [true, false]) {
      const options = { ...plain, transactional };
      const failures = {
        topic: await run([['a']], { ...options, topic: 'not-there' }),
        partition: await run([['a']], { ...options, record: (value) => ({ value, partition: 7 }) }),
        large: await run([['a'.repeat(2_000_000)]], options),
        value: await run([['a']], { ...options, record: () => ({ value: undefined as never }) }),
        away: await run([['a']], { ...options, retryFor: 0 }, { brokers: ['127.0.0.1:1'] }),
        login: await run([['a']], options, {
          ...secure,
          sasl: { mechanism: 'plain', username: 'alice', password: 'wr0ng-secret' },
        }),
      };
      expect(Object.fromEntries(Object.entries(failures).map(([name, e]) => [name, e?.code]))).toEqual({
        topic: 'MR_SINK_FAILED',
        partition: 'MR_SINK_FAILED',
        large: 'MR_SINK_FAILED',
        value: 'MR_SINK_FAILED',
        away: 'MR_KAFKA_UNREACHABLE',
        login: 'MR_KAFKA_REFUSED',
      });
      expect(failures.topic?.message).toContain('there is no topic not-there');
      expect(failures.partition?.message).toContain(`partition 7 of ${topic}, which has 0 to 0`);
      expect(failures.value?.message).toContain('null deletes its key');
      for (const e of Object.values(failures))
        expect(JSON.stringify([e?.message, e?.stack, e?.cause])).not.toContain('wr0ng');
      const { username, password } = facts as { username: string; password: string };
      const sasl = { mechanism: 'scram-sha-256', username, password } as const;
      expect(await run([[`good ${transactional}`]], options, { ...secure, sasl })).toBeNull();
    }
    // A transaction that failed does not stay open: readers would wait for its end.
    expect((await topics.committed(topic)).flat().map(({ value }) => String(value))).toEqual([
      'good true',
      'good false',
    ]);
  });
});
