import { single } from '../../../packages/backend-single/src/index.ts';
import { milliseconds, StreamingContext } from '../../../packages/core/src/index.ts';
import { ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import { MemoryKafka } from '../../../packages/kafka/src/testing/index.ts';
import { createDirectStream, offsetRanges, subscribe } from '../../../packages/sources/src/kafka/index.ts';
import { checkSame } from '../check.ts';
import type { Vector } from '../format.ts';

type ByPartition = Readonly<Record<string, number>>;

const TOPIC = 't';

/** A direct stream over partitions that grow: the ranges of each batch. @throws VectorFailure */
export async function runKafkaStream({ params, inputs, expected, batchDurationMs }: Vector): Promise<void> {
  const { startOffsets, maxRatePerPartition, minRatePerPartition, backpressure, latestRate, initialRate } = params as {
    readonly startOffsets: ByPartition;
    readonly maxRatePerPartition?: number | ByPartition;
    readonly minRatePerPartition?: number;
    readonly backpressure?: boolean;
    readonly latestRate?: number;
    readonly initialRate?: number;
  };
  const kafka = new MemoryKafka();
  kafka.createTopic(TOPIC, Object.keys(startOffsets).length);
  const growTo = (ends: ByPartition) => {
    for (const [partition, end] of Object.entries(ends)) {
      const length = end - kafka.end(TOPIC, Number(partition));
      kafka.write(
        TOPIC,
        Number(partition),
        Array.from({ length: Math.max(0, length) }, () => ({ value: 'x' })),
      );
    }
  };
  growTo(startOffsets);
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), milliseconds(batchDurationMs as number), {
    clock,
    warn: () => {},
    backpressure: backpressure === true ? (initialRate === undefined ? true : { initialRate }) : false,
  });
  const stream = createDirectStream(ssc, {
    brokers: ['memory:1'],
    client: kafka,
    strategy: subscribe(TOPIC),
    startingOffsets: { offsets: { [TOPIC]: startOffsets } },
    maxRatePerPartition:
      typeof maxRatePerPartition === 'object'
        ? ({ partition }) => maxRatePerPartition[partition] ?? 0
        : (maxRatePerPartition ?? 0),
    minRatePerPartition: minRatePerPartition ?? 1,
  });
  if (latestRate !== undefined && latestRate > 0) stream.onRate(latestRate);
  const ranges: Record<string, readonly [number, number]>[] = [];
  stream.foreachRDD((rdd) => {
    const batch = offsetRanges(rdd).map((range) => [range.partition, [range.fromOffset, range.untilOffset]] as const);
    ranges.push(Object.fromEntries(batch));
  });
  await ssc.start();
  for (const ends of inputs as ByPartition[]) {
    growTo(ends);
    await runBatches(ssc, clock, 1);
  }
  await ssc.stop();
  (expected as unknown[]).forEach((wanted, i) => {
    checkSame(ranges[i], wanted, `offsets of batch ${i}`);
  });
  checkSame(ranges.length, (expected as unknown[]).length, 'the number of batches');
}
