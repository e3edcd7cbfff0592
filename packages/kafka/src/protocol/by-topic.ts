import type { TopicPartition } from '../port.ts';
import type { WireReader, WireWriter } from './wire.ts';

/** A topic with things of its partitions. */
export interface OfTopic<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

/** Partitions of topics as requests have them. */
export function byTopic<P extends TopicPartition>(partitions: readonly P[]): OfTopic<P>[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({ topic, partitions: of }));
}

/** Writes topics with their partitions. @param each one partition, without what ends a structure */
export function writeByTopic<P extends TopicPartition>(
  to: WireWriter,
  partitions: readonly P[],
  each: (partition: P) => void,
): void {
  to.list(byTopic(partitions), ({ topic, partitions: of }) => {
    to.text(topic).list(of, (partition) => {
      each(partition);
      to.end();
    });
    to.end();
  });
}

/** Reads topics with their partitions. @param each what is behind the number of a partition, without what ends a structure */
export function readByTopic<R>(from: WireReader, each: () => R): (TopicPartition & R)[] {
  return from
    .list(() => {
      const topic = from.text() ?? '';
      const partitions = from.list(() => {
        const partition = from.int32();
        const of = { topic, partition, ...each() };
        from.end();
        return of;
      });
      from.end();
      return partitions;
    })
    .flat();
}
