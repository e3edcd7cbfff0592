import { hasCode, refusedWith } from '../failure.ts';
import type { CommittedOffset, TopicPartition } from '../port.ts';
import { nobodyIn, offsetCommitRequest, offsetFetchRequest } from '../protocol/offsets-of-groups.ts';
import type { Brokers } from '../protocol/request.ts';
import { A_MOMENT, tryAgain } from '../try-again.ts';
import { Coordinator } from './coordinator.ts';

/** UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS: the offsets are its members'. */
const HAS_MEMBERS = new Set([25, 22, 27]);

/** What a group has committed; partitions of which it has nothing are left out. */
export async function committedOffsets(
  brokers: Brokers,
  group: string,
  partitions: readonly TopicPartition[],
  stable: boolean,
): Promise<CommittedOffset[]> {
  if (partitions.length === 0) return [];
  const coordinator = new Coordinator(brokers, 'group', group);
  return tryAgain(A_MOMENT, () => fetchOffsets(coordinator, group, partitions, stable), { worthIt: hasCode });
}

/** What a group has committed, asked of its broker. @param stable fails with `again` while a transaction is open that commits some */
export async function fetchOffsets(
  coordinator: Coordinator,
  group: string,
  partitions: readonly TopicPartition[],
  stable: boolean,
): Promise<CommittedOffset[]> {
  const { error, offsets } = await coordinator.send(offsetFetchRequest(group, partitions, stable));
  coordinator.check(error, `the offsets of the group ${group} could not be read`);
  for (const { topic, partition, error: code } of offsets)
    coordinator.check(code, `the offset of the group ${group} in ${topic}/${partition} could not be read`);
  return offsets.flatMap(({ topic, partition, offset, metadata }) =>
    offset < 0 ? [] : [{ topic, partition, offset, metadata }],
  );
}

/** Commits for a group without members. */
export async function commitOffsets(
  brokers: Brokers,
  group: string,
  offsets: readonly CommittedOffset[],
): Promise<void> {
  if (offsets.length === 0) return;
  const coordinator = new Coordinator(brokers, 'group', group);
  await tryAgain(
    A_MOMENT,
    async () => {
      const answers = await coordinator.send(offsetCommitRequest(nobodyIn(group), offsets));
      for (const { topic, partition, error } of answers) {
        if (HAS_MEMBERS.has(error))
          throw refusedWith(error, `the group ${group} has members, and takes offsets from nobody else`, 'refused');
        coordinator.check(error, `the offset of the group ${group} in ${topic}/${partition} could not be committed`);
      }
    },
    { worthIt: hasCode },
  );
}
