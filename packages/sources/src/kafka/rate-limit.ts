import type { TopicPartition } from '@millrace/kafka';

/** A partition with records that no batch has got yet. */
export interface PartitionEnd extends TopicPartition {
  /** Where the next batch begins. */
  readonly current: number;
  /** Behind the last record that can be read. */
  readonly latest: number;
}

/** What bounds the records of a batch. */
export interface RateLimits {
  /** Records per second of a partition; 0 without limit. */
  readonly maxRatePerPartition: (partition: TopicPartition) => number;
  /** Records of a batch that a partition has at least, where a rate bounds it and it has that many. */
  readonly minRatePerPartition: (partition: TopicPartition) => number;
  /** Records per second of the whole stream that backpressure allows; null without. */
  readonly rate: number | null;
  readonly batchIntervalMs: number;
}

/**
 * Most records of each partition in the next batch, in the order given; null if nothing bounds them. Spark's
 * `maxMessagesPerPartition` (R165): the rate of backpressure is shared by lag, each share is capped by the partition's own
 * rate, and the floor counts per batch. Other than in Spark, a partition without a rate of its own is not held to the floor
 * because others have one.
 */
export function maxRecordsPerPartition(
  partitions: readonly PartitionEnd[],
  { maxRatePerPartition, minRatePerPartition, rate, batchIntervalMs }: RateLimits,
): number[] | null {
  const lags = partitions.map(({ current, latest }) => Math.max(latest - current, 0));
  const totalLag = lags.reduce((sum, lag) => sum + lag, 0);
  const limits = partitions.map((partition, i) => {
    const max = maxRatePerPartition(partition) || Number.POSITIVE_INFINITY;
    if (rate === null) return max;
    return Math.min(totalLag === 0 ? 0 : ((lags[i] as number) / totalLag) * rate, max);
  });
  const isBounded = rate === null ? limits.some((limit) => limit < Number.POSITIVE_INFINITY) : totalLag > 0;
  if (!isBounded) return null;
  const seconds = batchIntervalMs / 1000;
  return partitions.map((partition, i) =>
    Math.max(Math.floor(seconds * (limits[i] as number)), minRatePerPartition(partition)),
  );
}

/** Where the next batch ends in each partition (R164, R165). */
export function untilOffsets(partitions: readonly PartitionEnd[], limits: RateLimits): number[] {
  const most = maxRecordsPerPartition(partitions, limits);
  return partitions.map(({ current, latest }, i) => {
    const until = most === null ? latest : Math.min(current + (most[i] as number), latest);
    return Math.max(until, current);
  });
}
