import { checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { IsolationLevel, KafkaPort, OffsetAt } from '@millrace/kafka';
import { partitionName } from './offset-range.ts';
import type { FoundPartition } from './strategy.ts';

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
export function checkStartingOffsets(option: string, given: StartingOffsets): StartingOffsets {
  if (given === 'earliest' || given === 'latest') return given;
  if (typeof given === 'object' && given !== null && Object.keys(given).length === 1) {
    if ('timestamp' in given) {
      checkWhole(`${option}: timestamp`, given.timestamp, 0);
      return given;
    }
    if ('offsets' in given) {
      checkOptionNames(`${option}: offsets`, given.offsets, Object.keys(given.offsets ?? {}));
      for (const [topic, of] of Object.entries(given.offsets))
        for (const [partition, offset] of Object.entries(of)) {
          checkWhole(`${option}: partition of ${topic}`, Number(partition), 0);
          checkWhole(`${option}: offset of ${topic}/${partition}`, offset, 0);
        }
      return given;
    }
  }
  const rule = "must be 'earliest', 'latest', { timestamp } or { offsets: { topic: { partition: offset } } }";
  throw error('MR_OPTION', { option, value: given, rule });
}

/**
 * Where a stream begins in partitions of which nothing is known yet (R166).
 * @param late whether they came while the job ran: nobody has missed their records, so they begin with the first
 * @throws KafkaFailure
 */
export async function beginnings(
  port: KafkaPort,
  partitions: readonly FoundPartition[],
  how: {
    readonly startingOffsets: StartingOffsets;
    readonly group: string | null;
    readonly isolation: IsolationLevel;
    readonly late: boolean;
  },
): Promise<number[]> {
  const { startingOffsets, group, isolation, late } = how;
  const given = typeof startingOffsets === 'object' && 'offsets' in startingOffsets ? startingOffsets.offsets : null;
  const usual = late || given !== null ? 'earliest' : (startingOffsets as OffsetAt);
  const committed = group === null ? [] : await port.committed(group, partitions);
  const known = new Map(committed.map((each) => [partitionName(each), each.offset]));
  const asked = await port.offsets(
    partitions.map(({ topic, partition }) => ({ topic, partition, at: usual })),
    isolation,
  );
  return partitions.map(
    (at, i) => given?.[at.topic]?.[at.partition] ?? known.get(partitionName(at)) ?? (asked[i] as number),
  );
}
