import { sealRecords } from '../backend/exchange.ts';
import type { Block } from '../data/block.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';
import type { PartitionRecords } from '../lineage/stage-graph.ts';
import { decodeRecord, encodeRecord } from './layout.ts';

type Stored =
  | { readonly kind: 'blocks'; readonly blocks: readonly { codec: string; count: number; bytes: Uint8Array }[] }
  | { readonly kind: 'range'; readonly range: unknown; readonly count: number | null };

/** A partition as bytes: what it refers to is in them, or can be read again. @throws MR_NOT_ENCODABLE */
export function encodePartition(partition: SourcePartition | PartitionRecords, operator: string): Uint8Array {
  if (partition.kind === 'range') {
    const { range, count = null } = partition;
    return encodeRecord({ kind: 'range', range, count } satisfies Stored);
  }
  const blocks: readonly Block[] =
    partition.kind === 'blocks' ? partition.blocks : [sealRecords(partition.records, operator)];
  return encodeRecord({
    kind: 'blocks',
    blocks: blocks.map(({ codec, count, bytes }) => ({ codec, count, bytes })),
  } satisfies Stored);
}

/** @throws MR_DECODE */
export function decodePartition(bytes: Uint8Array): SourcePartition {
  const stored = decodeRecord<Stored>(bytes);
  if (stored.kind === 'range')
    return { kind: 'range', range: stored.range, ...(stored.count === null ? {} : { count: stored.count }) };
  return { kind: 'blocks', blocks: stored.blocks };
}
