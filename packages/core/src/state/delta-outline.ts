import { msgpackCodec } from '../data/codec.ts';
import { firstOfColumn } from '../data/column.ts';
import { PAIRS_HEAD, readPairsHead } from '../data/pairs.ts';
import { align, badSections, SECTIONS_VERSION } from './sections.ts';
import type { DeltaHeader } from './state-delta.ts';

/** Keys of one section of a delta: how many, and the first of them. */
export interface DeltaKeys {
  readonly count: number;
  /** The first `n` keys; null where more than `limit` bytes would have to be read for them. @throws MR_DECODE */
  readonly first: (n: number, limit: number) => unknown[] | null;
}

/** What a delta says of itself, with its keys left where they are. */
export interface DeltaOutline {
  readonly time: number;
  readonly whole: boolean;
  readonly panes: number;
  readonly removed: DeltaKeys;
  readonly updated: DeltaKeys;
  readonly inserted: DeltaKeys;
}

/**
 * The outline of a delta of which only some bytes are read: a state may be larger than memory.
 * @param read gives bytes at an offset, fewer behind the end
 * @throws MR_DECODE
 */
export function outlineDelta(read: (offset: number, length: number) => Uint8Array): DeltaOutline {
  const head = read(0, 8);
  if (head.length < 8 || head[0] !== SECTIONS_VERSION)
    throw badSections(`they do not begin with version ${SECTIONS_VERSION}`);
  const count = new DataView(head.buffer, head.byteOffset, 8).getUint32(4, true);
  if (count < 4) throw badSections(`they announce ${count} sections`);
  const lengths = read(8, 16);
  if (lengths.length < 16) throw badSections('they end within their head');
  const view = new DataView(lengths.buffer, lengths.byteOffset, 16);
  let at = align(8 + 4 * count);
  const sections = Array.from({ length: 4 }, (_, i) => {
    const start = at;
    const length = view.getUint32(4 * i, true);
    at = align(at + length);
    return { start, length };
  }) as [Section, Section, Section, Section];
  const [headerAt, ...keysAt] = sections;
  const header = msgpackCodec.decode(read(headerAt.start, headerAt.length))[0] as DeltaHeader;
  const [removed, updated, inserted] = keysAt.map(({ start }) => keysOf(start, read)) as [
    DeltaKeys,
    DeltaKeys,
    DeltaKeys,
  ];
  return { time: header.time, whole: header.whole, panes: header.panes.length, removed, updated, inserted };
}

interface Section {
  readonly start: number;
  readonly length: number;
}

function keysOf(start: number, read: (offset: number, length: number) => Uint8Array): DeltaKeys {
  const { keys, keyKind, keyBytes } = readPairsHead(read(start, PAIRS_HEAD));
  const column = { kind: keyKind, count: keys, bytes: keyBytes };
  return {
    count: keys,
    first: (n, limit) => firstOfColumn(column, n, limit, (offset, length) => read(start + PAIRS_HEAD + offset, length)),
  };
}
