import { error } from '../errors/catalog.ts';
import { describe, show } from '../errors/entry.ts';
import { type BucketTable, homeTable, isHome } from './bucket-table.ts';
import { compareValues } from './compare.ts';
import { hashKey } from './hash.ts';

export { compareValues } from './compare.ts';

/** Decides which partition a key belongs to. Equal keys (by value) must go to the same partition. */
export interface Partitioner {
  readonly kind: 'hash' | 'range' | 'custom' | 'buckets';
  /** Set for all but hash partitioners: those of one name and size place keys alike. */
  readonly name?: string;
  /** An integer of at least 1. */
  readonly numPartitions: number;
  /** An integer in [0, numPartitions). */
  getPartition(key: unknown): number;
}

/** Spreads keys by `hashKey`. All hash partitioners of the same size are the same partitioner. */
class HashPartitioner implements Partitioner {
  readonly kind = 'hash';
  readonly numPartitions: number;

  constructor(numPartitions: number) {
    this.numPartitions = numPartitions;
  }

  getPartition(key: unknown): number {
    return this.numPartitions === 1 ? 0 : hashKey(key) % this.numPartitions;
  }
}

/** Calls a function of the user's and checks what it returns. */
class CustomPartitioner implements Partitioner {
  readonly kind = 'custom';
  readonly numPartitions: number;
  readonly name: string;
  readonly choose: (key: unknown) => number;

  constructor(numPartitions: number, choose: (key: unknown) => number, name: string) {
    this.numPartitions = numPartitions;
    this.choose = choose;
    this.name = name;
  }

  getPartition(key: unknown): number {
    const partition = this.choose(key);
    if (Number.isInteger(partition) && partition >= 0 && partition < this.numPartitions) return partition;
    throw error('MR_OPTION', {
      option: `The result of the partitioner ${this.name} for the key ${show(key)}`,
      value: partition,
      rule: `must be an integer from 0 to ${this.numPartitions - 1}`,
    });
  }
}

/** Splits an ordered key space at bounds, as sortByKey does. */
class RangePartitioner implements Partitioner {
  readonly kind = 'range';
  /** Equal for equal bounds and order, in every thread. */
  readonly name: string;
  readonly numPartitions: number;
  readonly bounds: readonly unknown[];
  readonly ascending: boolean;
  readonly compare: (a: unknown, b: unknown) => number;

  constructor(bounds: readonly unknown[], ascending: boolean, compare: (a: unknown, b: unknown) => number) {
    const by = compare === compareValues ? '' : ` by ${compare.name || 'a function'}`;
    this.name = `range ${ascending ? 'up' : 'down'} ${hashKey(bounds)}${by}`;
    this.numPartitions = bounds.length + 1;
    this.bounds = bounds;
    this.ascending = ascending;
    this.compare = compare;
  }

  getPartition(key: unknown): number {
    // The number of bounds that are smaller than the key: a bound itself belongs to the partition it closes.
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.bounds[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return this.ascending ? low : this.bounds.length - low;
  }
}

/** Places keys by the virtual bucket of their hash: what state is laid out by once buckets of it were moved. */
export class BucketPartitioner implements Partitioner {
  readonly kind = 'buckets';
  /** The buckets that do not lie where the hash partitioner puts their keys, with where they lie. */
  readonly name: string;
  readonly numPartitions: number;
  readonly table: BucketTable;

  constructor(numPartitions: number, table: BucketTable) {
    this.numPartitions = numPartitions;
    this.table = table;
    this.name = table.flatMap((p, bucket) => (p === bucket % numPartitions ? [] : [`${bucket}>${p}`])).join(' ');
  }

  getPartition(key: unknown): number {
    return this.table[hashKey(key) % this.table.length] as number;
  }
}

/** The partitioner of a table; where nothing was moved, that of hashes. */
export function bucketPartitioner(numPartitions: number, table: BucketTable): Partitioner {
  return isHome(table) ? hashPartitioner(numPartitions) : new BucketPartitioner(numPartitions, table);
}

/** The same from its name. */
export function namedBucketPartitioner(numPartitions: number, name: string): Partitioner {
  const table = [...homeTable(numPartitions)];
  for (const move of name.split(' ')) {
    const [bucket, partition] = move.split('>').map(Number);
    table[bucket as number] = partition as number;
  }
  return bucketPartitioner(numPartitions, table);
}

/**
 * The partitioner that operators use when they are given none or a number: `hashKey(key) % numPartitions`.
 * @throws MR_PARTITIONS unless numPartitions is an integer of at least 1
 */
export function hashPartitioner(numPartitions: number): Partitioner {
  return new HashPartitioner(checked(numPartitions));
}

/**
 * A partitioner from a function. Two of them are the same when name and size are, in every thread and after a restart, so
 * give it a name that says how it splits.
 * @param choose returns an integer in [0, numPartitions), the same for equal keys; anything else is MR_OPTION
 * @throws MR_PARTITIONS unless numPartitions is an integer of at least 1
 */
export function customPartitioner(numPartitions: number, choose: (key: unknown) => number, name: string): Partitioner {
  if (typeof choose !== 'function')
    throw error('MR_NOT_A_FUNCTION', { operator: 'customPartitioner', parameter: 'choose', found: describe(choose) });
  return new CustomPartitioner(checked(numPartitions), choose, name);
}

/**
 * Partition i gets the keys between bound i-1 (excluded) and bound i (included); `bounds.length + 1` partitions.
 * @param bounds in ascending order by `compare`, whatever `ascending` says (Spark's RangePartitioner)
 * @param ascending default true; false numbers the partitions from the largest keys down
 * @param compare default `compareValues`
 */
export function rangePartitioner(
  bounds: readonly unknown[],
  ascending = true,
  compare: (a: unknown, b: unknown) => number = compareValues,
): Partitioner {
  return new RangePartitioner(bounds, ascending, compare);
}

/**
 * Whether two partitioners place every key alike, so that a shuffle between them can be left out. Undefined (no
 * partitioner) is never the same as anything.
 */
export function samePartitioner(a: Partitioner | null | undefined, b: Partitioner | null | undefined): boolean {
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (a === b) return true;
  if (a.numPartitions !== b.numPartitions) return false;
  if (a.kind === 'hash' || b.kind === 'hash') return a.kind === b.kind;
  if (a.kind === 'buckets' || b.kind === 'buckets') return a.kind === b.kind && a.name === b.name;
  return a.name !== undefined && a.name === b.name;
}

/** A partitioner in plans and fingerprints: `hash(8)`, `custom(byRegion, 4)`, `buckets(3>1 12>0, 4)`; ranges by a name made of their bounds. */
export function describePartitioner(p: Partitioner): string {
  if (p.kind === 'buckets') return `buckets(${p.name}, ${p.numPartitions})`;
  return p.name === undefined ? `${p.kind}(${p.numPartitions})` : `custom(${p.name}, ${p.numPartitions})`;
}

function checked(numPartitions: number): number {
  if (!Number.isInteger(numPartitions) || numPartitions < 1)
    throw error('MR_PARTITIONS', { name: 'numPartitions', value: numPartitions });
  return numPartitions;
}
