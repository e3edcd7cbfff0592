/** Virtual buckets of each partition of a state: the parts in which its keys move. */
export const BUCKETS_PER_PARTITION = 8;

/** Where each virtual bucket lies: bucket `hashKey(key) % table.length` in partition `table[bucket]`. */
export type BucketTable = readonly number[];

/** Buckets that are to lie elsewhere. */
export interface BucketMoves {
  readonly from: BucketTable;
  readonly to: BucketTable;
}

/** The table by which keys lie where the hash partitioner of as many partitions puts them. */
export function homeTable(partitions: number): BucketTable {
  return Array.from({ length: partitions * BUCKETS_PER_PARTITION }, (_, bucket) => bucket % partitions);
}

/** Whether nothing has been moved, or all of it back. */
export function isHome(table: BucketTable): boolean {
  const partitions = table.length / BUCKETS_PER_PARTITION;
  return table.every((partition, bucket) => partition === bucket % partitions);
}

/** Whether two tables place all keys alike. */
export function sameTable(a: BucketTable, b: BucketTable): boolean {
  return a.length === b.length && a.every((partition, bucket) => partition === b[bucket]);
}
