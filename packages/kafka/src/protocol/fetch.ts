import type { FetchRequest } from '../port.ts';
import type { AbortedTransaction } from '../records/record-batch.ts';
import type { CompactRequest } from './request.ts';

/** What a partition answers. */
export interface FetchAnswer {
  readonly error: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer | null;
}

/**
 * Asks for records of one partition, without a session. Version 13 is the first that names topics by id: brokers have it since
 * Kafka 3.1.
 */
export function fetchRequest(wanted: FetchRequest): CompactRequest<FetchAnswer> {
  return {
    key: 1,
    version: 13,
    name: 'Fetch',
    write(to) {
      to.int32(-1).int32(wanted.maxWaitMs).int32(1).int32(wanted.maxBytes);
      to.int8(wanted.isolation === 'read_committed' ? 1 : 0);
      // No session.
      to.int32(0).int32(-1);
      to.list([wanted], ({ topicId, partition, offset, maxBytes }) => {
        to.uuid(topicId);
        to.list([partition], () => {
          to.int32(partition).int32(-1).int64(offset).int32(-1).int64(-1).int32(maxBytes).end();
        });
        to.end();
      });
      to.list([], () => {})
        .text('')
        .end();
    },
    read(from) {
      from.int32();
      const error = from.int16();
      from.int32();
      const answers = from.list(() => {
        from.uuid();
        const partitions = from.list((): FetchAnswer => {
          from.int32();
          const error = from.int16();
          from.int64();
          from.int64();
          from.int64();
          const aborted = from.list(() => {
            const transaction = { producerId: from.int64(), firstOffset: from.number() };
            from.end();
            return transaction;
          });
          from.int32();
          const records = from.bytes();
          from.end();
          return { error, aborted, records };
        });
        from.end();
        return partitions;
      });
      return answers.flat()[0] ?? { error, aborted: [], records: null };
    },
  };
}
