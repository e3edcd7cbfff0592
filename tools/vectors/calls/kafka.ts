import { single } from '../../../packages/backend-single/src/index.ts';
import { type RDD, StreamingContext, seconds } from '../../../packages/core/src/index.ts';
import { ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import type { KafkaPort } from '../../../packages/kafka/src/index.ts';
import { MemoryKafka } from '../../../packages/kafka/src/testing/index.ts';
import { createRDD, type KafkaRecord } from '../../../packages/sources/src/kafka/index.ts';
import { OffsetCommits } from '../../../packages/sources/src/kafka/offset-commits.ts';
import { maxRecordsPerPartition } from '../../../packages/sources/src/kafka/rate-limit.ts';
import type { Vector } from '../format.ts';
import type { CallTable } from './table.ts';

/** Numbers by partition, as the vectors have them. */
type ByPartition = Readonly<Record<string, number>>;

const TOPIC = 't';

interface RateParams {
  readonly batchMs: number;
  readonly maxRatePerPartition: number | ByPartition;
  readonly minRatePerPartition: number;
  readonly backpressure: boolean;
  readonly latestRate?: number;
  readonly initialRate?: number;
  readonly currentOffsets: ByPartition;
}

/** Most records of each partition in a batch. */
function maxMessages({ params }: Vector) {
  const { batchMs, maxRatePerPartition, minRatePerPartition, backpressure, ...rates } = params as unknown as RateParams;
  const { latestRate = -1, initialRate, currentOffsets } = rates;
  const rate = latestRate > 0 ? latestRate : (initialRate ?? null);
  return (latest: unknown) => {
    const offsets = Object.entries(latest as ByPartition);
    const most = maxRecordsPerPartition(
      offsets.map(([partition, end]) => ({
        topic: TOPIC,
        partition: Number(partition),
        current: currentOffsets[partition] as number,
        latest: end,
      })),
      {
        maxRatePerPartition: ({ partition }) =>
          typeof maxRatePerPartition === 'number' ? maxRatePerPartition : (maxRatePerPartition[partition] ?? 0),
        minRatePerPartition: () => minRatePerPartition,
        rate: backpressure ? rate : null,
        batchIntervalMs: batchMs,
      },
    );
    return most === null ? null : Object.fromEntries(offsets.map(([partition], i) => [partition, most[i]]));
  };
}

/** What a function makes of an RDD of ranges, over partitions that have so many records. */
async function overRdd(
  lengths: readonly number[],
  ranges: readonly (readonly [from: number, until: number])[],
  action: (rdd: RDD<KafkaRecord>) => Promise<unknown>,
): Promise<unknown> {
  const kafka = new MemoryKafka();
  kafka.createTopic(TOPIC, lengths.length);
  lengths.forEach((length, partition) => {
    kafka.write(
      TOPIC,
      partition,
      Array.from({ length }, () => ({ value: 'x' })),
    );
  });
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {} });
  let result: unknown;
  let failure: { readonly reason: unknown } | null = null;
  const options = { brokers: ['memory:1'], client: kafka };
  ssc.queueStream([[1]]).foreachRDD(async () => {
    try {
      const offsets = ranges.map(([fromOffset, untilOffset], partition) => ({
        topic: TOPIC,
        partition,
        fromOffset,
        untilOffset,
      }));
      result = await action(createRDD(ssc, offsets, options));
      // What is written later does not show up.
      lengths.forEach((_, partition) => {
        kafka.write(TOPIC, partition, [{ value: 'later' }]);
      });
    } catch (reason) {
      failure = { reason };
    }
  });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  if (failure !== null) throw (failure as { readonly reason: unknown }).reason;
  return result;
}

async function readRdd(logLength: number, from: number, until: number): Promise<unknown> {
  return overRdd([logLength], [[from, until]], async (rdd) => ({
    count: await rdd.count(),
    isEmpty: (await rdd.take(1)).length === 0,
    offsets: (await rdd.collect()).map(({ offset }) => offset),
  }));
}

/** Partitions are as long as needed. */
async function takeOf(ranges: readonly (readonly [number, number])[], n: number): Promise<unknown> {
  const lengths = ranges.map(([, until]) => until);
  return overRdd(lengths, ranges, async (rdd) =>
    (await rdd.take(n)).map(({ partition, offset }) => [partition, offset]),
  );
}

/** What is committed of queued ranges; null if nothing is. */
async function commitOf(queued: readonly (readonly [partition: number, from: number, until: number])[]) {
  let committed: ByPartition | null = null;
  const port = {
    commit: async (_group, offsets) => {
      committed = Object.fromEntries(offsets.map(({ partition, offset }) => [partition, offset]));
    },
  } as Pick<KafkaPort, 'commit'> as KafkaPort;
  const commits = new OffsetCommits(
    'g',
    () => port,
    () => {},
  );
  for (const [partition, fromOffset, untilOffset] of queued)
    commits.add([{ topic: TOPIC, partition, fromOffset, untilOffset }]);
  await commits.commit();
  return committed;
}

/** Offsets of Kafka: how many, which, and what is committed. */
export const kafkaCalls: CallTable = {
  'kafka.maxMessagesPerPartition': maxMessages,
  'kafka.rdd': () => (logLength, from, until) => readRdd(logLength as number, from as number, until as number),
  'kafka.take': () => (ranges, n) => takeOf(ranges as (readonly [number, number])[], n as number),
  'kafka.commit': () => (queued) => commitOf(queued as (readonly [number, number, number])[]),
};
