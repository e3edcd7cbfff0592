import type { SourcePartition } from '../lineage/rdd-node.ts';

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
