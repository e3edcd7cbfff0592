import type { SourcePartition } from '../lineage/rdd-node.ts';
import type { LoggedBlock } from './received-log.ts';

/** What a receiver has stored together: one partition of a batch. */
export interface ReceivedBlock {
  /** `input-<stream>-<interval start>`, with a number behind it from the second of an interval (R127). */
  readonly id: string;
  readonly streamId: number;
  readonly numRecords: number;
  /** Bytes where the block is sealed, else 0: nobody knows what objects take. */
  readonly numBytes: number;
  readonly partition: Exclude<SourcePartition, { kind: 'range' }>;
}

/** A block that is safe. One of an earlier run is a range of the log, which the task that wants it reads. */
export interface StoredBlock extends Omit<ReceivedBlock, 'partition'> {
  readonly partition: SourcePartition;
  /** Where it is in the log; left out if there is none. */
  readonly logged?: LoggedBlock;
}
