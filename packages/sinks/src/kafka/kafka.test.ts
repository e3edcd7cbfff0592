import { single } from '@millrace/backend-single';
import { StreamingContext, seconds, Time } from '@millrace/core';
import { ManualClock, runBatches, TestSource } from '@millrace/core/testing';
import { jsonSerde, type OutgoingRecord, partitionOfKey, stringSerde } from '@millrace/kafka';
import type { MemoryKafka } from '@millrace/kafka/testing';
import { expect, test } from 'vitest';
import { failingKafka } from '../../test/kafka-kit.ts';
import { inRequests } from './in-requests.ts';
import { kafkaSink } from './index.ts';
import { laneName, layoutGroup } from './names.ts';
import { RecordEncoder } from './record-encoder.ts';
import { WrittenBatches } from './written-batches.ts';

/* What needs no broker. With one: test/integration/kafka-sink.test.ts. */

const clock = new ManualClock(123_456);
const partition = {
  ...{ job: 'job', output: 'stored', time: new Time(1000), partition: 0, numPartitions: 1, clock },
  open: () => Promise.reject(new Error('not used')),
};

test('records get their partitions by key, or in turn from one that the batch says', async () => {
  const options = {
    topic: (r: { key?: string }) => (r.key === undefined ? 'spread' : 'keyed'),
    record: (r: { key?: string }) => ({ ...r, value: { some: 'value' } }),
    key: stringSerde(),
    value: jsonSerde(),
  };
  const encode = (about: object = {}) =>
    new RecordEncoder(options, { ...partition, ...about }, async (topic) => (topic === 'keyed' ? 7 : 4)).encode([
      { key: 'a' },
      ...Array.from({ length: 400 }, () => ({})),
    ]);
  const [keyed, ...spread] = await encode();
  expect(keyed).toMatchObject({ topic: 'keyed', partition: partitionOfKey(Buffer.from('a'), 7), timestamp: 123_456 });
  expect(Map.groupBy(spread, (r) => r.partition).size).toBe(4);
  expect(await encode()).toEqual([keyed, ...spread]);
  const firsts = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await encode({ partition: i }))[1]?.partition),
  );
  expect(new Set(firsts).size).toBeGreaterThan(2);
});

test('what is no record is said to be', async () => {
  const of = (record: unknown) => {
    const options = { topic: 't', record: () => record as never, key: stringSerde(), value: stringSerde() };
    return new RecordEncoder(options, partition, async () => 3).encode([1]);
  };
  await expect(of({ key: 'a' })).rejects.toThrow('null deletes its key');
  await expect(of(null)).rejects.toThrow('no value');
  await expect(of({ value: 'a', partition: 3 })).rejects.toThrow('partition 3 of t, which has 0 to 2');
  await expect(of({ value: 'a', timestamp: 1.5 })).rejects.toThrow('whole milliseconds');
  await expect(of({ value: 'a', headers: { h: 5 } })).rejects.toThrow('header h');
  await expect(of({ value: 5 })).rejects.toMatchObject({ code: 'MR_OPTION' });
  expect(await of({ value: null, headers: [['h', null]] })).toMatchObject([
    { key: null, value: null, headers: [['h', null]] },
  ]);
});

test('no request has more for a partition than brokers take', () => {
  const record = (to: number, size: number): OutgoingRecord => ({
    ...{ topic: 't', partition: to, key: null, headers: [], timestamp: 0 },
    value: Buffer.alloc(size),
  });
  const records = [record(0, 400), record(1, 400), record(0, 400), record(0, 400), record(1, 2000), record(1, 1)];
  const requests = [...inRequests(records, 1000)];
  expect(requests.map((of) => of.map(({ value }) => value?.length))).toEqual([[400, 400, 400], [400, 2000], [1]]);
  expect(requests.flat()).toEqual(records);
});

test('names tell jobs and outputs apart', () => {
  const names = [
    laneName({ job: 'a.b', output: 'c', partition: 1 }),
    laneName({ job: 'a', output: 'b.c', partition: 1 }),
    laneName({ job: 'a', output: 'b', partition: 1 }),
    layoutGroup({ job: 'a', output: 'b' }),
    layoutGroup({ job: 'A', output: 'b' }),
    layoutGroup({ job: 'a b', output: 'ü' }),
  ];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^millrace\.[!-~]+$/);
});

test('offsets of somebody else are not taken for receipts', () => {
  for (const metadata of ['', 'x', '{}', '{"batches":[[1]]}', 'null'])
    expect(() => WrittenBatches.of({ topic: 't', partition: 0, offset: 5, metadata })).toThrow('another program');
});

test('what is written fits into the metadata of an offset, whatever the numbers', () => {
  let written = WrittenBatches.of(undefined);
  const most = Number.MAX_SAFE_INTEGER;
  const about = { job: 'job', output: 'stored', partition: 0, numPartitions: most, records: most };
  for (let n = 0; n < 200; n++) written = written.with({ ...about, time: most - 200 + n });
  expect(written.metadata.length).toBeLessThanOrEqual(4096);
  const read = WrittenBatches.of({ topic: 't', partition: 0, offset: 0, metadata: written.metadata });
  expect(read.receipt({ ...about, time: most - 1 }, 1)).toEqual({ ...about, time: most - 1 });
  expect(read.receipt({ ...about, time: most - 200 }, 3)).toEqual({
    ...about,
    time: most - 200,
    numPartitions: 3,
    records: 0,
  });
  expect(read.receipt({ ...about, time: most }, 1)).toBeNull();
});

/** Runs batches into a Kafka in memory; the first failure. */
async function run<T>(kafka: MemoryKafka, batches: readonly (readonly T[])[], options: object): Promise<Error | null> {
  const time = new ManualClock(1e12);
  const ssc = new StreamingContext(single(), seconds(1), { clock: time, warn: () => {}, name: 'job' });
  const stream = new TestSource(ssc, batches);
  const where = { brokers: ['fake:1'], client: kafka, topic: 't', value: jsonSerde(), key: stringSerde() };
  kafkaSink<any, any, any>(stream, { ...where, ...options });
  await ssc.start();
  const failed = ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e as Error,
  );
  let done = false;
  const ran = runBatches(ssc, time, batches.length).finally(() => {
    done = true;
  });
  while (!done) await time.advance(1);
  await ran;
  await ssc.stop();
  return failed;
}

test('at least once: what was not answered is sent again, by another producer', async () => {
  for (const fate of ['before', 'after'] as const) {
    for (let n = 0; n < 6; n++) {
      const kafka = failingKafka({ t: 2 }, (_step, number) => (number === n ? fate : null));
      const batches = [[1, 2, 3].map((value) => ({ value })), [{ value: 4 }]];
      const failed = await run(kafka, batches, { chunkSize: 2, backoff: { initial: 1, max: 1 } });
      expect(failed, `${fate} ${n}`).toBeNull();
      const values = kafka.committed('t').map(({ value }) => Number(value));
      expect([...new Set(values)].sort(), `${fate} ${n}`).toEqual([1, 2, 3, 4]);
      if (fate === 'before') expect(values).toHaveLength(4);
      expect([kafka.openPorts, kafka.openProducers]).toEqual([0, 0]);
    }
  }
});

test('options that make no sense are refused, without the password', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {} });
  const stream = new TestSource(ssc, [[{ value: new Uint8Array() }]]);
  const good = { brokers: ['h:1'], topic: 't' };
  const wrong: object[] = [
    { brokers: [] },
    { brokers: ['user:s3cret@host:1'] },
    { topic: '' },
    { topic: 'a/b' },
    { topic: undefined },
    { record: 5 },
    { key: 'strings' },
    { value: {} },
    { compression: 'zip' },
    { transactional: 'yes' },
    { transactional: true, topic: () => 't' },
    { transactional: true, receipts: 'a b' },
    { transactionTimeout: 0 },
    { retryFor: -1 },
    { sasl: { mechanism: 'plain', username: 'me', password: 's3cret', other: 1 } },
    { acks: 1 },
  ];
  for (const options of wrong) {
    const attach = () => kafkaSink(stream, { ...good, ...options } as never);
    expect(attach, JSON.stringify(options)).toThrow(/kafkaSink/);
    if (!('brokers' in options)) expect(attach, JSON.stringify(options)).not.toThrow(/s3cret/);
  }
});
