import type { RDD } from '@millrace/core';
import { checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { IsolationLevel, TopicPartition } from '@millrace/kafka';

/** Offsets of one partition, from the first until before the last: what a partition of a batch has. */
export interface OffsetRange extends TopicPartition {
  readonly fromOffset: number;
  /** Exclusive. */
  readonly untilOffset: number;
}

/** A range as tasks get it. Plain data: it is in checkpoints. */
export interface KafkaRange extends OffsetRange {
  /** Which topic of that name is meant. */
  readonly topicId: string;
  readonly isolation: IsolationLevel;
  /** Tells these ranges from those of other sources. */
  readonly source: 'kafka';
}

/**
 * The offsets that a batch of `createDirectStream` has, a partition each: Spark's `HasOffsetRanges`. Only the batches of
 * the stream itself have them (R168): call it before `map` and the like, in `foreachRDD` or `transform`. Where the function of
 * a `transform` runs again in a worker the list is empty.
 *
 * @throws MR_OPTION for any other batch
 * @example
 * ```ts
 * const orders = createDirectStream(ssc, { brokers: [endpoint.host], strategy: subscribe('orders'), group: 'g', commit: 'manual' });
 * orders.foreachRDD(async (rdd) => {
 *   const ranges = offsetRanges(rdd);
 *   console.log(await rdd.count(), ranges.map(({ topic, partition, untilOffset }) => `${topic}/${partition} ${untilOffset}`));
 *   orders.commitAsync(ranges);
 * });
 * ```
 */
export function offsetRanges(rdd: RDD<unknown>): OffsetRange[] {
  const op = rdd.node?.op;
  if (op?.kind === 'source') {
    const ranges = op.partitions.map((partition) => (partition.kind === 'range' ? partition.range : null));
    if (ranges.every(isKafkaRange)) return ranges.map(plainRange);
  }
  throw error('MR_OPTION', {
    option: 'offsetRanges: rdd',
    value: op?.kind ?? rdd,
    rule: 'must be a batch of createDirectStream itself, before map and other operations',
  });
}

const isKafkaRange = (range: unknown): range is KafkaRange => (range as KafkaRange | null)?.source === 'kafka';

/** What users see of a range. */
export const plainRange = ({ topic, partition, fromOffset, untilOffset }: OffsetRange): OffsetRange => ({
  topic,
  partition,
  fromOffset,
  untilOffset,
});

/** How tools name a partition. */
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Offsets of a range, some of which may show no record. */
export const countOf = ({ fromOffset, untilOffset }: OffsetRange): number => untilOffset - fromOffset;

/** A line for each range that is not empty, largest first (R174). */
export function describeRanges(ranges: readonly OffsetRange[]): string {
  return ranges
    .filter((range) => countOf(range) > 0)
    .sort((a, b) => countOf(b) - countOf(a))
    .map((range) => {
      const { topic, partition, fromOffset, untilOffset } = range;
      return `topic: ${topic}\tpartition: ${partition}\toffsets: ${fromOffset} to ${untilOffset}`;
    })
    .join('\n');
}

/** Checks a range that a user gave. @param owner whose argument it is @throws MR_OPTION, MR_KAFKA_RANGE */
export function checkRange(owner: string, range: OffsetRange): void {
  checkOptionNames(`${owner}: range`, range, ['topic', 'partition', 'fromOffset', 'untilOffset']);
  const { topic, partition, fromOffset: from, untilOffset: until } = range;
  if (typeof topic !== 'string' || topic === '')
    throw error('MR_OPTION', { option: `${owner}: topic`, value: topic, rule: 'must be the name of a topic' });
  checkWhole(`${owner}: partition`, partition, 0);
  checkWhole(`${owner}: fromOffset`, from, 0);
  checkWhole(`${owner}: untilOffset`, until, 0);
  if (from <= until) return;
  throw error('MR_KAFKA_RANGE', { what: owner, topic, partition, from, until, rule: 'it ends before it begins' });
}
