import { single } from '@millrace/backend-single';
import { type ContextOptions, memoryStore, StreamingContext, type StreamingListener, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { KafkaFailure, stringSerde } from '@millrace/kafka';
import { MemoryKafka } from '@millrace/kafka/testing';
import { describe, expect, test } from 'vitest';
import {
  assign,
  createDirectStream,
  type DirectStreamOptions,
  jsonSerde,
  type KafkaInputDStream,
  type OffsetRange,
  offsetRanges,
  subscribe,
  subscribePattern,
} from './index.ts';

type Options = Partial<DirectStreamOptions<string, string>>;

/** A job that notes what each batch has, and which offsets. */
async function started(
  kafka: MemoryKafka,
  options: Options = {},
  context: ContextOptions = {},
  store = memoryStore(),
  failsAt = 0,
) {
  const clock = (context.clock as ManualClock | undefined) ?? new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(single(), seconds(1), {
    clock,
    name: 'job',
    warn: (message) => void warnings.push(message),
    ...context,
  });
  if (context.clock !== undefined) ssc.checkpoint(store);
  const stream: KafkaInputDStream<string, string> = createDirectStream(ssc, {
    brokers: ['memory:1'],
    client: kafka,
    strategy: subscribe('t'),
    startingOffsets: 'earliest',
    key: stringSerde(),
    value: stringSerde(),
    name: 'stream',
    retryFor: 1,
    ...options,
  });
  const batches: string[][][] = [];
  const ranges: OffsetRange[][] = [];
  const inputs: Record<string, unknown>[] = [];
  stream.foreachRDD(
    async (rdd, time) => {
      ranges.push(offsetRanges(rdd));
      batches.push((await rdd.glom().collect()).map((part) => part.map(({ value }) => value ?? 'null')));
      if (time.milliseconds === failsAt) throw new Error('this batch fails');
    },
    { name: 'noted' },
  );
  const listener: StreamingListener = {
    onBatchCompleted: ({ batchInfo }) => {
      const info = batchInfo.streamIdToInputInfo.get(stream.id);
      if (info !== undefined) inputs.push({ numRecords: info.numRecords, flow: info.flow, ...info.metadata });
    },
  };
  ssc.addStreamingListener(listener);
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  return { ssc, clock, stream, batches, ranges, inputs, warnings, run: (n = 1) => runBatches(ssc, clock, n) };
}

const values = (...texts: string[]) => texts.map((value) => ({ value }));

function topic(partitions = 2): MemoryKafka {
  const kafka = new MemoryKafka();
  kafka.createTopic('t', partitions);
  return kafka;
}

describe('a direct stream', () => {
  test('has a partition for each of the topic, empty ones too, and each record in one batch', async () => {
    const kafka = topic(3);
    kafka.write('t', 0, values('a', 'b'));
    kafka.write('t', 2, values('c'));
    const { run, ssc, batches, ranges } = await started(kafka);
    await run();
    kafka.write('t', 0, values('d'));
    await run(2);
    await ssc.stop();
    expect(batches).toEqual([
      [['a', 'b'], [], ['c']],
      [['d'], [], []],
      [[], [], []],
    ]);
    expect(ranges[1]).toEqual([
      { topic: 't', partition: 0, fromOffset: 2, untilOffset: 3 },
      { topic: 't', partition: 1, fromOffset: 0, untilOffset: 0 },
      { topic: 't', partition: 2, fromOffset: 1, untilOffset: 1 },
    ]);
  });

  test('begins behind what was there when it started, unless told otherwise', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('old'));
    const { run, ssc, batches } = await started(kafka, { startingOffsets: 'latest' });
    kafka.write('t', 0, values('new'));
    await run();
    await ssc.stop();
    expect(batches).toEqual([[['new']]]);
  });

  test('begins at a time, at given offsets, or where its group has committed', async () => {
    const kafka = topic(2);
    kafka.write(
      't',
      0,
      [0, 10, 20, 30].map((timestamp) => ({ value: `a${timestamp}`, timestamp })),
    );
    kafka.write(
      't',
      1,
      [5, 15].map((timestamp) => ({ value: `b${timestamp}`, timestamp })),
    );
    kafka.commitOffsets('g', [{ topic: 't', partition: 0, offset: 3, metadata: '' }]);
    const first = async (options: Options) => {
      const { run, ssc, batches } = await started(kafka, options);
      await run();
      await ssc.stop();
      return batches[0];
    };
    expect(await first({ startingOffsets: { timestamp: 15 } })).toEqual([['a20', 'a30'], ['b15']]);
    expect(await first({ startingOffsets: { offsets: { t: { 1: 1 } } } })).toEqual([
      ['a0', 'a10', 'a20', 'a30'],
      ['b15'],
    ]);
    expect(await first({ group: 'g', commit: 'manual' })).toEqual([['a30'], ['b5', 'b15']]);
    const both = { group: 'g', commit: 'manual', startingOffsets: { offsets: { t: { 0: 1 } } } } as const;
    expect(await first(both)).toEqual([
      ['a10', 'a20', 'a30'],
      ['b5', 'b15'],
    ]);
  });

  test('reads topics that a pattern names, those that are made later and partitions that are added, from their beginning', async () => {
    const kafka = new MemoryKafka();
    kafka.createTopic('orders-eu');
    kafka.createTopic('reorders-eu');
    kafka.createTopic('__orders-offsets');
    const { run, ssc, batches, warnings } = await started(kafka, {
      strategy: subscribePattern(/orders-..|__.*/),
      startingOffsets: 'latest',
    });
    kafka.write('orders-eu', 0, values('a'));
    await run();
    kafka.createTopic('orders-us');
    kafka.write('orders-us', 0, values('b'));
    kafka.addPartitions('orders-eu', 2);
    kafka.write('orders-eu', 1, values('c'));
    await run();
    await ssc.stop();
    expect(batches).toEqual([[['a']], [[], ['c'], ['b']]]);
    expect(warnings).toEqual(['stream reads orders-eu/1, orders-us/0 as well from now on.']);
  });

  test('reads assigned partitions and no others', async () => {
    const kafka = topic(3);
    for (const partition of [0, 1, 2]) kafka.write('t', partition, values(`p${partition}`));
    const { run, ssc, batches } = await started(kafka, {
      strategy: assign([
        { topic: 't', partition: 2 },
        { topic: 't', partition: 0 },
      ]),
    });
    await run();
    await ssc.stop();
    expect(batches).toEqual([[['p2'], ['p0']]]);
  });

  test('steps over gaps, marks and transactions that were aborted, and waits for those that are open', async () => {
    const kafka = topic(1);
    const port = await kafka.connect();
    const send = async (value: string, how: 'commit' | 'abort' | null) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 1000, transactionalId: value });
      await producer.begin();
      const record = { key: null, value: Buffer.from(value), headers: [], timestamp: 0 };
      await producer.send([{ topic: 't', partition: 0, ...record }]);
      if (how !== null) await producer[how]();
      return producer;
    };
    kafka.write('t', 0, values('a', 'x', 'b'));
    kafka.partition({ topic: 't', partition: 0 }).deleteRecords(new Set([1]));
    await send('aborted', 'abort');
    await send('committed', 'commit');
    const open = await send('open', null);
    kafka.write('t', 0, values('behind'));
    const committed = await started(kafka);
    await committed.run();
    const all = await started(kafka, { isolation: 'read_uncommitted' });
    await all.run();
    await open.commit();
    await committed.run();
    await committed.ssc.stop();
    await all.ssc.stop();
    expect(committed.batches).toEqual([[['a', 'b', 'committed']], [['open', 'behind']]]);
    expect(all.batches).toEqual([[['a', 'b', 'aborted', 'committed', 'open', 'behind']]]);
  });

  test('reads a range piece after piece, however small the fetches', async () => {
    const kafka = topic(1);
    const texts = Array.from({ length: 500 }, (_, i) => `v${i}`);
    kafka.write('t', 0, values(...texts));
    const { run, ssc, batches } = await started(kafka, { maxPartitionFetchBytes: 100, maxRatePerPartition: 333 });
    await run(2);
    await ssc.stop();
    expect(batches).toEqual([[texts.slice(0, 333)], [texts.slice(333)]]);
    expect(kafka.requests.filter((name) => name === 'fetch').length).toBeGreaterThan(100);
  });

  test('tells listeners its records, offsets and lag', async () => {
    const kafka = topic(2);
    kafka.write('t', 0, values('a', 'b', 'c'));
    kafka.write('t', 1, values('d'));
    const { run, ssc, inputs, stream } = await started(kafka, { maxRatePerPartition: 2 });
    await run();
    await ssc.stop();
    expect(inputs[0]).toMatchObject({
      numRecords: 3,
      flow: { waitingRecords: 1 },
      lost: 0,
      lag: [
        { topic: 't', partition: 0, records: 1 },
        { topic: 't', partition: 1, records: 0 },
      ],
      Description: 'topic: t\tpartition: 0\toffsets: 0 to 2\ntopic: t\tpartition: 1\toffsets: 0 to 1',
    });
    expect(stream.lost).toBe(0);
  });
});

describe('offsets that are gone', () => {
  async function afterRetention(options: Options) {
    const kafka = topic(1);
    kafka.write('t', 0, values('a', 'b', 'c', 'd'));
    const job = await started(kafka, { maxRatePerPartition: 1, ...options });
    await job.run();
    kafka.partition({ topic: 't', partition: 0 }).deleteBefore(3);
    await job.run().catch(() => {});
    const failure = job.ssc.health().failure;
    await job.ssc.stop();
    return { ...job, failure };
  }

  test('fail the batch, with what is missing and what is there', async () => {
    const { batches, failure } = await afterRetention({});
    expect(batches).toEqual([[['a']]]);
    expect(failure?.code).toBe('MR_KAFKA_OFFSETS_LOST');
    expect(failure?.message).toContain('at offset 1 of t/0, but Kafka has only those from 3 until 4');
  });

  test('are skipped and counted, where that is allowed', async () => {
    const { batches, stream, inputs, warnings } = await afterRetention({ onDataLoss: 'earliest' });
    expect(batches).toEqual([[['a']], [['d']]]);
    expect(stream.lost).toBe(2);
    expect(inputs[1]).toMatchObject({ lost: 2 });
    expect(warnings.join()).toContain('2 offsets of t/0 from 1 on are gone; it goes on at 3');
    const latest = await afterRetention({ onDataLoss: 'latest' });
    expect(latest.batches).toEqual([[['a']], [[]]]);
    expect(latest.stream.lost).toBe(3);
  });

  test('behind the end of a log that was cut: said by the policy, which counts nothing that nobody can know', async () => {
    const cut = async (onDataLoss: 'fail' | 'earliest' | 'latest') => {
      const kafka = topic(1);
      kafka.write('t', 0, values('a', 'b'));
      kafka.commitOffsets('g', [{ topic: 't', partition: 0, offset: 9, metadata: '' }]);
      const job = await started(kafka, { group: 'g', onDataLoss });
      await job.run().catch(() => {});
      kafka.write('t', 0, values('c'));
      await job.run().catch(() => {});
      await job.ssc.stop();
      return job;
    };
    const failing = await cut('fail');
    expect(failing.ssc.health().failure?.message).toContain(
      'at offset 9 of t/0, but Kafka has only those from 0 until',
    );
    const earliest = await cut('earliest');
    expect(earliest.batches).toEqual([[['a', 'b']], [['c']]]);
    expect(earliest.warnings.join()).toContain('t/0 ends at 2, before the offset 9 that was to come');
    const latest = await cut('latest');
    expect([latest.batches, latest.stream.lost]).toEqual([[[[]], [['c']]], 0]);
  });

  test('are not those of a transaction that is open, which a run before has read', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('a'));
    const store = memoryStore();
    const clock = new ManualClock();
    const port = await kafka.connect();
    const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 1000, transactionalId: 'x' });
    const record = { topic: 't', partition: 0, key: null, headers: [], timestamp: 0 };
    await producer.begin();
    await producer.send([{ ...record, value: Buffer.from('open') }]);
    const first = await started(kafka, { isolation: 'read_uncommitted' }, { clock }, store);
    await first.run();
    await first.ssc.stop();
    const second = await started(kafka, { isolation: 'read_committed' }, { clock }, store);
    await second.run();
    await producer.commit();
    kafka.write('t', 0, values('after'));
    await second.run();
    await second.ssc.stop();
    expect([first.batches.flat(2), second.batches.flat(2)]).toEqual([['a', 'open'], ['after']]);
    expect(second.ssc.health().failure).toBeNull();
  });

  test('are found by the task too, when they go between planning and reading', async () => {
    for (const onDataLoss of ['fail', 'earliest', 'latest'] as const) {
      const kafka = topic(1);
      kafka.write('t', 0, values('a', 'b', 'c', 'd'));
      const job = await started(kafka, { onDataLoss });
      const prepare = job.stream.prepare.bind(job.stream);
      job.stream.prepare = async (time) => {
        await prepare(time);
        kafka.partition({ topic: 't', partition: 0 }).deleteBefore(3);
      };
      await job.run().catch(() => {});
      const { failure } = job.ssc.health();
      await job.ssc.stop();
      const expected = { fail: [[], 0], earliest: [[[['d']]], 3], latest: [[[[]]], 4] }[onDataLoss];
      expect([job.batches, job.stream.lost], onDataLoss).toEqual(expected);
      expect(failure?.code ?? null, onDataLoss).toBe(onDataLoss === 'fail' ? 'MR_KAFKA_OFFSETS_LOST' : null);
    }
  });
});

test('a partition that is added begins at its first record, whatever others commit for the group', async () => {
  const kafka = topic(1);
  const job = await started(kafka, { group: 'g', startingOffsets: 'latest' });
  await job.run();
  kafka.addPartitions('t', 2);
  kafka.write('t', 1, values('a', 'b', 'c'));
  kafka.commitOffsets('g', [{ topic: 't', partition: 1, offset: 3, metadata: '' }]);
  await job.run();
  await job.ssc.stop();
  expect(job.batches.flat(2)).toEqual(['a', 'b', 'c']);
});

describe('a program that reads other topics than before', () => {
  const twice = async (before: Options, after: Options) => {
    const kafka = new MemoryKafka({ t: 1, u: 1 });
    kafka.write('t', 0, values('t old'));
    kafka.write('u', 0, values('u old'));
    const store = memoryStore();
    const clock = new ManualClock();
    const first = await started(kafka, { startingOffsets: 'latest', ...before }, { clock }, store);
    await first.run();
    await first.ssc.stop();
    kafka.write('t', 0, values('t down'));
    kafka.write('u', 0, values('u down'));
    if (after.strategy?.kind === 'subscribePattern') {
      kafka.createTopic('v');
      kafka.write('v', 0, values('v down'));
    }
    const second = await started(kafka, { startingOffsets: 'latest', ...after }, { clock }, store);
    await second.run();
    for (const name of ['t', 'u']) kafka.write(name, 0, values(`${name} new`));
    await second.run();
    await second.ssc.stop();
    return { seen: second.batches.flat(2), failure: second.ssc.health().failure };
  };

  test('begins in a topic that it names for the first time where a new one begins', async () => {
    const { seen } = await twice({ strategy: subscribe('t') }, { strategy: subscribe('t', 'u') });
    expect(seen).toEqual(['t down', 't new', 'u new']);
  });

  test('goes on without a topic that its narrower pattern does not mean', async () => {
    const { seen, failure } = await twice({ strategy: subscribePattern(/t|u/) }, { strategy: subscribePattern(/t/) });
    expect([seen, failure]).toEqual([['t down', 't new'], null]);
  });

  test('has all of a topic that was made while it was down, if its pattern is the same', async () => {
    const same = await twice({ strategy: subscribePattern(/t|v/) }, { strategy: subscribePattern(/t|v/) });
    expect(same.seen.sort()).toEqual(['t down', 't new', 'v down']);
    const other = await twice({ strategy: subscribePattern(/t/) }, { strategy: subscribePattern(/t|v/) });
    expect(other.seen).toEqual(['t down', 't new']);
  });
});

describe('what is wrong with a topic is said', () => {
  const failureOf = async (kafka: MemoryKafka, harm: () => void, options: Options = {}) => {
    const job = await started(kafka, options);
    await job.run();
    harm();
    await job.run().catch(() => {});
    await job.ssc.stop();
    return job.ssc.health().failure;
  };

  test('that is not there when the job starts', async () => {
    await expect(started(new MemoryKafka())).rejects.toMatchObject({ code: 'MR_KAFKA_TOPIC_MISSING' });
    await expect(started(topic(1), { strategy: assign([{ topic: 't', partition: 1 }]) })).rejects.toThrow(
      'stream reads partition 1 of the topic t, which is not there',
    );
  });

  test('that was deleted, or made again', async () => {
    const deleted = topic(1);
    expect((await failureOf(deleted, () => deleted.deleteTopic('t')))?.code).toBe('MR_KAFKA_TOPIC_MISSING');
    const matched = topic(1);
    const strategy = subscribePattern(/t/);
    expect((await failureOf(matched, () => matched.deleteTopic('t'), { strategy }))?.code).toBe(
      'MR_KAFKA_TOPIC_MISSING',
    );
    const again = topic(1);
    const harm = () => {
      again.deleteTopic('t');
      again.createTopic('t');
      again.write('t', 0, values('other'));
    };
    expect((await failureOf(again, harm))?.code).toBe('MR_KAFKA_TOPIC_CHANGED');
  });

  test('that stays so: the job lags, and says it when it changes', async () => {
    const kafka = topic(1);
    const job = await started(kafka);
    await job.run();
    kafka.deleteTopic('t');
    await job.run(5).catch(() => {});
    expect(job.ssc.health()).toMatchObject({ status: 'lagging', failedBatches: 5 });
    expect(job.warnings).toEqual([]);
    kafka.createTopic('t');
    await job.run(2).catch(() => {});
    expect(job.warnings).toEqual([
      expect.stringMatching(/^There is no batch at 7000: The topic t, which stream reads, was/),
    ]);
    await job.ssc.stop();
  });

  test('brokers that are away fail the batch after a while, and nothing is lost', async () => {
    const kafka = topic(1);
    const clock = new ManualClock();
    const job = await started(kafka, { retryFor: 100 }, { clock, onBatchFailure: 'continue' });
    kafka.write('t', 0, values('a'));
    kafka.failure = new KafkaFailure('again', 'no broker');
    const failing = clock.advance(1000);
    for (let i = 0; i < 40; i++) await clock.advance(20);
    await failing;
    expect(job.ssc.health().failure).toMatchObject({ code: 'MR_KAFKA_UNREACHABLE' });
    kafka.failure = null;
    await clock.advance(1000);
    await job.ssc.awaitIdle();
    await job.ssc.stop();
    expect(job.batches.flat(2)).toEqual(['a']);
  });
});

test('a checkpoint has the offsets: a batch that failed reads the same ones again, and the job goes on behind them', async () => {
  const kafka = topic(1);
  const store = memoryStore();
  kafka.write('t', 0, values('a', 'b', 'c', 'd', 'e'));
  const clock = new ManualClock();
  const first = await started(kafka, { maxRatePerPartition: 2 }, { clock }, store, 2000);
  await first.run();
  await first.run().catch(() => {});
  await first.ssc.stop();
  expect(first.batches).toEqual([[['a', 'b']], [['c', 'd']]]);
  // None of these counts any more.
  kafka.commitOffsets('g', [{ topic: 't', partition: 0, offset: 0, metadata: '' }]);
  const second = await started(
    kafka,
    { maxRatePerPartition: 100, group: 'g', startingOffsets: 'latest' },
    { clock },
    store,
  );
  await second.run();
  await second.ssc.stop();
  expect(second.batches).toEqual([[['c', 'd']], [['e']]]);
  expect(second.ranges[0]).toEqual(first.ranges[1]);
});

test('a job that ended before its first batch goes on where it began, not at what is newest by then', async () => {
  const kafka = topic(1);
  const store = memoryStore();
  kafka.write('t', 0, values('a', 'b'));
  const clock = new ManualClock();
  const first = await started(kafka, { startingOffsets: 'latest' }, { clock }, store);
  kafka.write('t', 0, values('c'));
  await first.ssc.stop();
  expect(first.batches).toEqual([]);
  kafka.write('t', 0, values('d'));
  const second = await started(kafka, { startingOffsets: 'latest' }, { clock }, store);
  await second.run();
  await second.ssc.stop();
  expect(second.batches.flat(2)).toEqual(['c', 'd']);
});

describe('offsets for a group', () => {
  test('are committed after each batch that has succeeded', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('a', 'b'));
    const job = await started(kafka, { group: 'g' });
    await job.run();
    await job.ssc.stop();
    expect(kafka.groupOffsets('g')).toEqual({ 't/0': 2 });
  });

  test('are committed by hand with the next batch, and at the end; the highest counts and the last callback hears', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('a', 'b'));
    const job = await started(kafka, { group: 'g', commit: 'manual' });
    const heard: string[] = [];
    await job.run();
    expect(kafka.groupOffsets('g')).toEqual({});
    const [range] = job.ranges[0] as [OffsetRange];
    job.stream.commitAsync([range], () => void heard.push('first'));
    job.stream.commitAsync(
      [{ ...range, untilOffset: 1 }],
      (e, offsets) => void heard.push(`${e} ${offsets[0]?.offset}`),
    );
    expect(kafka.groupOffsets('g')).toEqual({});
    await job.run();
    await Promise.resolve();
    expect(kafka.groupOffsets('g')).toEqual({ 't/0': 2 });
    expect(heard).toEqual(['null 2']);
    job.stream.commitAsync([{ ...range, untilOffset: 7 }]);
    await job.ssc.stop();
    expect(kafka.groupOffsets('g')).toEqual({ 't/0': 7 });
  });

  test('are committed whatever a callback throws, which hears of each commit once', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('a', 'b', 'c', 'd'));
    const job = await started(kafka, { group: 'g', commit: 'manual', maxRatePerPartition: 1 });
    const heard: (string | undefined)[] = [];
    job.ssc.addStreamingListener({
      onBatchCompleted: () =>
        job.stream.commitAsync(job.ranges.at(-1) ?? [], (failure, offsets) => {
          heard.push(failure?.message ?? offsets.map(({ offset }) => offset).join());
          if (heard.length === 1) throw new Error('a mistake of mine');
        }),
    });
    await job.run(4);
    await job.ssc.stop();
    expect(heard).toEqual(['1', '2', '3', '4']);
    expect(job.warnings).toEqual(['A callback of commitAsync threw: a mistake of mine.']);
  });

  test('that cannot be committed are a warning, once', async () => {
    const kafka = topic(1);
    kafka.write('t', 0, values('a', 'b', 'c'));
    const commit = () => Promise.reject(new KafkaFailure('fatal', 'the group has members'));
    const client = { name: 'refuses', connect: async () => Object.assign(await kafka.connect(), { commit }) };
    const job = await started(kafka, { client, group: 'g', maxRatePerPartition: 1 });
    await job.run(3);
    await job.ssc.stop();
    expect(job.batches.flat(2)).toEqual(['a', 'b', 'c']);
    expect(job.warnings).toEqual([
      'Offsets could not be committed for the group g: the group has members. The job goes on: its own are in its checkpoint.',
    ]);
  });
});

test('records that cannot be decoded fail their batch, with where they are, or are dropped and counted', async () => {
  const kafka = topic(1);
  kafka.write('t', 0, values('{"a":1}', 'not json', '{"a":2}'));
  const strict = await started(kafka, { value: jsonSerde() as never });
  await strict.run().catch(() => {});
  await strict.ssc.stop();
  expect(strict.ssc.health().failure?.message).toMatch(/stream got a record that cannot be read, at offset 1 of t\/0/);
  const loose = await started(kafka, { value: jsonSerde() as never, onBadRecord: 'drop' });
  await loose.run();
  await loose.ssc.stop();
  expect(loose.batches).toEqual([[[{ a: 1 }, { a: 2 }]]]);
  expect(loose.stream.dropped).toBe(1);
});

test('offset ranges are those of the stream itself', async () => {
  const kafka = topic(1);
  const job = await started(kafka);
  let failure: unknown;
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock(), warn: () => {} });
  createDirectStream(ssc, { brokers: ['m:1'], client: kafka, strategy: subscribe('t') })
    .map((record) => record)
    .foreachRDD((rdd) => {
      try {
        offsetRanges(rdd);
      } catch (e) {
        failure = e;
      }
    });
  await ssc.start();
  await runBatches(ssc, ssc.clock as ManualClock, 1);
  await ssc.stop();
  await job.ssc.stop();
  expect(failure).toMatchObject({ code: 'MR_OPTION' });
});

test('what is committed is checked', async () => {
  const job = await started(topic(1), { group: 'g' });
  for (const wrong of [null, 'x', [{}], [{ topic: 't', partition: 0, fromOffset: 0, untilOffset: -4 }]])
    expect(() => job.stream.commitAsync(wrong as never)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  await job.ssc.stop();
});

test('options are checked, and secrets not shown', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock() });
  const options = { brokers: ['a:1'], strategy: subscribe('t') };
  const make = (more: object) => () => createDirectStream(ssc, { ...options, ...more } as never);
  for (const wrong of [
    { brokers: [] },
    { brokers: ['kafka://a:1'] },
    { strategy: 't' },
    { startingOffsets: 'begin' },
    { startingOffsets: { offsets: { t: { x: 1 } } } },
    { startingOffsets: { offsets: { t: null } } },
    { startingOffsets: { offsets: { other: { 0: 1 } } } },
    { strategy: { kind: 'subscribe' } },
    { minRatePerPartition: 0.5 },
    { maxPartitionFetchBytes: 2 ** 40 },
    { tls: ['p4ssword'] },
    { brokers: ['a:99999'] },
    { brokers: ['u:p4ssword@a:1'] },
    { brokers: 'u:p4ssword@a:1' },
    { sasl: 'p4ssword' },
    { sasl: ['u', 'p4ssword'] },
    { sasl: { mechanism: 'plain username=u password=p4ssword', username: 'u', password: 'p4ssword' } },
    { client: 'librdkafka' },
    { isolation: 'none' },
    { maxRatePerPartition: -1 },
    { commit: 'manual' },
    { groupId: 'g' },
    { sasl: { mechanism: 'gssapi', username: 'u', password: 'p4ssword' } },
    { sasl: { mechanism: 'plain', username: 'u', pasword: 'p4ssword' } },
  ]) {
    expect(make(wrong), JSON.stringify(wrong)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
    try {
      make(wrong)();
    } catch (e) {
      expect(String(e)).not.toContain('p4ssword');
    }
  }
});
