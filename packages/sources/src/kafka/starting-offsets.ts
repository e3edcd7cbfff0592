import { checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { IsolationLevel, KafkaPort, OffsetAt } from '@millrace/kafka';
import { partitionName } from './offset-range.ts';
import { type ConsumerStrategy, type FoundPartition, mayMean } from './strategy.ts';

/**
 * Where a stream begins in a partition, the first time: where the group has committed, else at the first record there is, behind the
 * last (default), or at the first that is not older than a time in ms since the epoch. Or given offsets, by topic and
 * partition, which come before what the group has committed; partitions that they do not name begin at the first record.
 */
export type StartingOffsets =
  | 'earliest'
  | 'latest'
  | { readonly timestamp: number }
  | { readonly offsets: Readonly<Record<string, Readonly<Record<number, number>>>> };

/** Checks what a user gave. @throws MR_OPTION */
export function checkStartingOffsets(
  option: string,
  given: StartingOffsets,
  strategy: ConsumerStrategy,
): StartingOffsets {
  if (given === 'earliest' || given === 'latest') return given;
  if (typeof given === 'object' && given !== null && Object.keys(given).length === 1) {
    if ('timestamp' in given) {
      checkWhole(`${option}: timestamp`, given.timestamp, 0);
      return given;
    }
    if ('offsets' in given) {
      checkOptionNames(`${option}: offsets`, given.offsets, Object.keys(given.offsets ?? {}));
      for (const [topic, of] of Object.entries(given.offsets)) {
        if (typeof of !== 'object' || of === null || Object.keys(of).length === 0)
          throw error('MR_OPTION', {
            option: `${option}: offsets of ${topic}`,
            value: of,
            rule: 'must be an object of offsets by partition, as in { 0: 100 }',
          });
        if (!mayMean(strategy, topic))
          throw error('MR_OPTION', {
            option: `${option}: offsets`,
            value: topic,
            rule: 'must be of topics that the strategy reads',
          });
        for (const [partition, offset] of Object.entries(of)) {
          checkWhole(`${option}: partition of ${topic}`, Number(partition), 0);
          checkWhole(`${option}: offset of ${topic}/${partition}`, offset, 0);
        }
      }
      return given;
    }
  }
  const rule = "must be 'earliest', 'latest', { timestamp } or { offsets: { topic: { partition: offset } } }";
  throw error('MR_OPTION', { option, value: given, rule });
}

/**
 * Where a stream begins in partitions of which nothing is known yet (R166).
 * @param late of a partition, whether it came while the job ran or was down: its records are all new, so it begins with the first
 * @throws KafkaFailure
 */
export async function beginnings(
  port: KafkaPort,
  partitions: readonly FoundPartition[],
  how: {
    readonly startingOffsets: StartingOffsets;
    readonly group: string | null;
    readonly isolation: IsolationLevel;
    readonly late: (partition: FoundPartition) => boolean;
  },
): Promise<number[]> {
  const { startingOffsets, group, isolation, late } = how;
  const given = typeof startingOffsets === 'object' && 'offsets' in startingOffsets ? startingOffsets.offsets : null;
  const usual = given !== null ? 'earliest' : (startingOffsets as OffsetAt);
  const committed = group === null ? [] : await port.committed(group, partitions);
  const known = new Map(committed.map((each) => [partitionName(each), each.offset]));
  const asked = await port.offsets(
    partitions.map((found) => {
      const { topic, partition } = found;
      return { topic, partition, at: late(found) ? 'earliest' : usual };
    }),
    isolation,
  );
  return partitions.map((at, i) => {
    // Whatever others have committed for the group: this job has not read it yet.
    const copied = late(at) ? undefined : known.get(partitionName(at));
    return given?.[at.topic]?.[at.partition] ?? copied ?? (asked[i] as number);
  });
}
