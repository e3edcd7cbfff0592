import type { IsolationLevel, TopicPartition } from '../port.ts';
import { readByTopic, writeByTopic } from './by-topic.ts';
import type { CompactRequest } from './request.ts';

/** Asks a leader for offsets of its partitions by time; each partition may be there once. */
export function listOffsetsRequest(
  asked: readonly (TopicPartition & { readonly timestamp: number })[],
  isolation: IsolationLevel,
): CompactRequest<(TopicPartition & { readonly error: number; readonly offset: number })[]> {
  return {
    key: 2,
    version: 6,
    name: 'ListOffsets',
    write(to) {
      to.int32(-1).int8(isolation === 'read_committed' ? 1 : 0);
      writeByTopic(to, asked, ({ partition, timestamp }) => to.int32(partition).int32(-1).int64(timestamp));
      to.end();
    },
    read(from) {
      from.int32();
      return readByTopic(from, () => {
        const error = from.int16();
        from.int64();
        const offset = from.number();
        from.int32();
        return { error, offset };
      });
    },
  };
}
