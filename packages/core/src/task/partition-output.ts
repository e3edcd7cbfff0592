import type { Resource } from './resources.ts';
import type { SlotServices } from './slot-services.ts';

/** The third argument of a `foreachPartition` function: about the partition. */
export interface PartitionOutput<C = undefined> {
  /** Batch time in ms. */
  readonly time: number;
  /** How many partitions the batch has. */
  readonly numPartitions: number;
  /** What the resource of the option `using` opened in this worker. */
  readonly client: C;
}

/** A partition's output as a task calls it. */
export type PartitionOutputFunction = (
  records: ArrayIterator<unknown>,
  partition: number,
  about: Omit<PartitionOutput, 'client'>,
  services: SlotServices,
) => void | Promise<void>;

/** Wraps a user's function: opens its client first. */
export function partitionOutput<T, C>(
  f: (records: ArrayIterator<T>, partition: number, about: PartitionOutput<C>) => void | Promise<void>,
  using: Resource<C> | null,
): PartitionOutputFunction {
  return (records, partition, about, services) => {
    const all = records as ArrayIterator<T>;
    if (using === null) return f(all, partition, { ...about, client: undefined as C });
    return services.open(using).then((client) => f(all, partition, { ...about, client }));
  };
}
