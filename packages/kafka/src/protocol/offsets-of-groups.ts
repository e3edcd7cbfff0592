import type { CommittedOffset, TopicPartition } from '../port.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { CompactRequest } from './request.ts';

/** A member of a group, as the group knows it. */
export interface Membership {
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
}

/** Who commits for a group without being its member. */
export const nobodyIn = (group: string): Membership => ({ group, memberId: '', generation: -1 });

/** Asks for what a group has committed; an offset of -1 is none. @param stable fails while a transaction is open that commits some */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[],
  stable: boolean,
): CompactRequest<{ readonly error: number; readonly offsets: (CommittedOffset & { readonly error: number })[] }> {
  return {
    key: 9,
    version: 7,
    name: 'OffsetFetch',
    write(to) {
      to.text(group);
      to.list([...Map.groupBy(partitions, ({ topic }) => topic)], ([topic, of]) => {
        to.text(topic);
        to.list(of, ({ partition }) => to.int32(partition)).end();
      });
      to.bool(stable).end();
    },
    read(from) {
      from.int32();
      const offsets = readByTopic(from, () => {
        const offset = from.number();
        from.int32();
        return { offset, metadata: from.text() ?? '', error: from.int16() };
      });
      return { offsets, error: from.int16() };
    },
  };
}

/** Commits offsets of a group. */
export function offsetCommitRequest(
  { group, memberId, generation }: Membership,
  offsets: readonly CommittedOffset[],
): CompactRequest<(TopicPartition & { readonly error: number })[]> {
  return {
    key: 8,
    version: 8,
    name: 'OffsetCommit',
    write(to) {
      to.text(group).int32(generation).text(memberId).text(null);
      writeByTopic(to, offsets, ({ partition, offset, metadata }) =>
        to.int32(partition).int64(offset).int32(-1).text(metadata),
      );
      to.end();
    },
    read(from) {
      from.int32();
      return readByTopic(from, () => ({ error: from.int16() }));
    },
  };
}
