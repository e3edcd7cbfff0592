import type { CompactRequest } from './request.ts';

/** What a broker says of its cluster. */
export interface Metadata {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly TopicMetadata[];
}

/** A topic, with who leads its partitions. */
export interface TopicMetadata {
  readonly error: number;
  readonly name: string;
  readonly id: string;
  readonly internal: boolean;
  readonly partitions: readonly { readonly error: number; readonly partition: number; readonly leader: number }[];
}

/**
 * Asks for topics by name, or for all, and makes none. Version 10 is the first that says the ids of topics: brokers have it
 * since Kafka 2.8.
 */
export function metadataRequest(names: readonly string[] | 'all'): CompactRequest<Metadata> {
  return {
    key: 3,
    version: 10,
    name: 'Metadata',
    write(to) {
      to.list(names === 'all' ? null : names, (name) => to.uuid('0'.repeat(32)).text(name).end());
      // It makes no topics, and asks for no lists of permissions.
      to.bool(false).bool(false).bool(false).end();
    },
    read(from) {
      from.int32();
      const brokers = from.list(() => {
        const broker = { id: from.int32(), host: from.text() ?? '', port: from.int32() };
        from.text();
        from.end();
        return broker;
      });
      from.text();
      from.int32();
      const topics = from.list((): TopicMetadata => {
        const error = from.int16();
        const name = from.text() ?? '';
        const id = from.uuid();
        const internal = from.bool();
        const partitions = from.list(() => {
          const at = { error: from.int16(), partition: from.int32(), leader: from.int32() };
          from.int32();
          for (let i = 0; i < 3; i++) from.list(() => from.int32());
          from.end();
          return at;
        });
        from.int32();
        from.end();
        return { error, name, id, internal, partitions };
      });
      return { brokers, topics };
    },
  };
}
