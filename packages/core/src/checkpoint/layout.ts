import type { BucketTable } from '../data/bucket-table.ts';
import { msgpackCodec } from '../data/codec.ts';
import { error } from '../errors/index.ts';
import type { JoinChoice } from '../skew/broadcast-choice.ts';
import type { StoreId } from '../state/stored-state.ts';
import type { StoreKey } from './store.ts';

/*
 * What lies where in the store:
 *
 *   meta                               what the job is: written once, when it begins
 *   begun                              where inputs stood when they were started, of those of which no batch says it yet
 *   batch  / time                      a batch that was planned, and what its inputs are: before any output of it runs
 *   input  / stream / time / partition records of inputs that cannot be asked again
 *   done   / time                      a batch that has completed, or failed and is not to be tried again
 *   state  / node / partition / time   what a batch changed in a partition of state; or, as the first of them, all of it
 *   entry  / node / partition / key    a key of state that lies in the store as a whole, not as deltas
 *   touched / node / partition / time / key   the same keys by the time of their last touch, where keys expire
 *   stood  / node                      the batch that a node's state is at, and its number of partitions
 *   split  / time / shuffle            who works on what of the keys that a batch has split: before any output of it runs
 *   output / node / time / partition   what a node with state gave, where later batches look back at it
 *   broadcast / name / version         a broadcast variable's value in a version that batches see
 *   sums                               accumulators
 *   skipped / from                     batch times that were missed and will have no batch
 */

/**
 * The format that this version writes, and the newest that it reads. A checkpoint of an older one becomes one of this when a job
 * goes on with it.
 *
 *   1  what all of them have
 *   2  whole states that were read while batches went on, in several parts (`StateDelta.sweptUntil`)
 *   3  states that do not lie where keys are hashed to (`StoodRecord.table`), and panes that replace one of their time (`StateDelta.newPanes`)
 */
export const FORMAT = 3;

/** A node of the plan as a checkpoint remembers it. */
export interface NodeShape {
  readonly name: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly slideMs: number;
  /** Parameters as text: windows, partitioning, timeouts. */
  readonly params: string;
  /** Of what its state is made up, as `migrate` counts it; 1 if it is left out. */
  readonly stateVersion?: number;
  /** For sources: which kind it is; left out where nobody said. */
  readonly source?: string;
  /** For sources that came to a job with batches: the last of these. It has a part in none of them. */
  readonly sinceMs?: number;
}

/** What a job is. */
export interface MetaRecord {
  readonly format: number;
  readonly job: string;
  readonly batchIntervalMs: number;
  readonly zeroTime: number;
  readonly defaultParallelism: number;
  readonly nodes: readonly NodeShape[];
  /** Outputs that sinks write under their name; undefined where an earlier version wrote it. */
  readonly outputs?: readonly NodeShape[];
  /** Whether what receivers store is in a log; null without receivers, undefined where an earlier version wrote it. */
  readonly log?: boolean | null;
  /** What its log has beside its segments, so that it is not taken for another job's; left out as long as there was none. */
  readonly logId?: string;
}

/** Where an input stands, by the name of its stream: what it has given as its progress. */
export type InputProgress = readonly [stream: string, saved: unknown];

/** A batch that was planned. */
export interface BatchRecord {
  readonly time: number;
  /** Since the batch before. */
  readonly intervalMs: number;
  /** What inputs saved, by the name of their stream. */
  readonly inputs: readonly (readonly [stream: string, saved: unknown])[];
  /** Where inputs stand behind it, by the name of their stream. */
  readonly progress: readonly InputProgress[];
  /** The newest segment of the log that had a record; left out without a log. */
  readonly log?: number;
  /** Versions of broadcast variables that it sees. */
  readonly broadcasts: readonly (readonly [name: string, version: number])[];
  /** By which rules its heavy keys are found and laid out (`SPLIT_RULES`); left out by versions that had none. */
  readonly splitRules?: number;
  /** Whether right sides of joins go to all tasks, of the joins that were planned with it; left out if there are none. */
  readonly joins?: readonly JoinChoice[];
  /** Where virtual buckets of states lie in it, by node, where that is not where they lay when it was planned. Left out if there are none. */
  readonly tables?: readonly (readonly [node: string, table: BucketTable])[];
  /** True if it has nothing to run: it is over with being planned, and nothing is written down of its end. */
  readonly empty?: boolean;
}

/** The batch of a stream at a time. */
export type StreamBatch = readonly [node: string, time: number];

/** The end of a batch. */
export interface DoneRecord {
  /** Null: it has completed; else why it failed. */
  readonly failed: string | null;
  /** Batches, by stream and time, that were computed for windows which are not due yet; left out if there are none. */
  readonly computed?: readonly StreamBatch[];
}

/** Where a node's state stands. */
export interface StoodRecord {
  readonly time: number;
  readonly partitions: number;
  /** Where its virtual buckets lie; left out where that is where keys are hashed to. */
  readonly table?: BucketTable;
}

/** Batch times from `from` to `to`, `stepMs` apart, that were missed and left out. */
export interface SkippedRecord {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** All but state that lies in the store with an entry for each key. */
export const KINDS_READ_AS_A_WHOLE: readonly string[] = [
  'meta',
  'begun',
  'batch',
  'input',
  'done',
  'state',
  'stood',
  'split',
  'output',
  'broadcast',
  'sums',
  'skipped',
];

export const keys = {
  meta: ['meta'] as StoreKey,
  begun: ['begun'] as StoreKey,
  sums: ['sums'] as StoreKey,
  broadcast: (name: string, version: number): StoreKey => ['broadcast', name, version],
  batch: (time: number): StoreKey => ['batch', time],
  done: (time: number): StoreKey => ['done', time],
  split: (time: number, shuffle: string): StoreKey => ['split', time, shuffle],
  skipped: (from: number): StoreKey => ['skipped', from],
  input: (stream: string, time: number, partition: number): StoreKey => ['input', stream, time, partition],
  inputs: (stream: string, time: number): StoreKey => ['input', stream, time],
  state: (node: string, partition: number, time: number): StoreKey => ['state', node, partition, time],
  states: (node: string, partition: number): StoreKey => ['state', node, partition],
  stood: (node: string): StoreKey => ['stood', node],
  output: (node: string, time: number, partition: number): StoreKey => ['output', node, time, partition],
  entry: (node: string, partition: number, id: StoreId): StoreKey => ['entry', node, partition, id],
  entriesOf: (node: string, partition: number): StoreKey => ['entry', node, partition],
  touched: (node: string, partition: number, time: number, id: StoreId): StoreKey => [
    'touched',
    node,
    partition,
    time,
    id,
  ],
  touchedOf: (node: string, partition: number): StoreKey => ['touched', node, partition],
  /** All that there is of a node. */
  ofNode: (node: string): StoreKey[] => [
    ['state', node],
    ['entry', node],
    ['touched', node],
    ['stood', node],
    ['output', node],
    ['input', node],
  ],
  outputs: (node: string, time: number): StoreKey => ['output', node, time],
};

/**
 * Refuses what a newer version has laid out: nobody here knows what it means. Whoever reads a checkpoint asks first.
 * @throws MR_CHECKPOINT_NEWER
 */
export function refuseNewer(where: string, { format }: Pick<MetaRecord, 'format'>): void {
  if (format > FORMAT) throw error('MR_CHECKPOINT_NEWER', { where, found: format, known: FORMAT });
}

/** A record as bytes. */
export function encodeRecord(record: unknown): Uint8Array {
  return msgpackCodec.encode([record], 'checkpoint');
}

/** @throws MR_DECODE */
export function decodeRecord<R>(bytes: Uint8Array): R {
  return msgpackCodec.decode(bytes)[0] as R;
}
