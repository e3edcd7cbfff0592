import { msgpackCodec } from '../data/codec.ts';
import { firstOfColumn } from '../data/column.ts';
import { PAIRS_HEAD, readPairsHead } from '../data/pairs.ts';
import { align, badSections, SECTIONS_VERSION } from './sections.ts';
import { type DeltaHeader, sectionsOfFirst } from './state-delta.ts';

/** Keys of one section of a delta: how many, and the first of them. */
export interface DeltaKeys {
  readonly count: number;
  /** The first `n` keys; null where more than `limit` bytes would have to be read for them. @throws MR_DECODE */
  readonly first: (n: number, limit: number) => unknown[] | null;
}

/** What a delta says of itself, with its keys left where they are. */
export interface DeltaOutline {
  readonly time: number;
  /** How many keys a whole state had at its time: more than are inserted, where it was read while batches went on. Null for changes. */
  readonly size: number | null;
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
  const lengths = read(8, 4 * count);
  if (lengths.length < 4 * count) throw badSections('they end within their head');
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.length);
  const starts = [align(8 + 4 * count)];
  for (let i = 1; i < count; i++) starts.push(align((starts[i - 1] as number) + view.getUint32(4 * (i - 1), true)));
  const header = msgpackCodec.decode(read(starts[0] as number, view.getUint32(0, true)))[0] as DeltaHeader;
  const keysAt = (section: number) => keysOf(starts[section] as number, read);
  const parts = [keysAt(3)];
  const others = 3 + sectionsOfFirst(header);
  const end = others + 2 * ((header.swept?.parts ?? 1) - 1);
  if (end > count) throw badSections(`there are ${count} where ${end} belong together`);
  for (let at = others; at < end; at += 2) parts.push(keysAt(at));
  const inserted = together(parts);
  return {
    time: header.time,
    size: header.whole ? (header.swept?.keys ?? inserted.count) : null,
    panes: header.panes.length,
    removed: keysAt(1),
    updated: keysAt(2),
    inserted,
  };
}

/** Keys of several sections, one after the other. */
function together(parts: readonly DeltaKeys[]): DeltaKeys {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    first: (n, limit) => {
      const found: unknown[] = [];
      for (const { first } of parts) {
        if (found.length >= n) break;
        const more = first(n - found.length, limit);
        // Each slice of a sweep is small; the first one that is not ends it.
        if (more === null) return found.length === 0 ? null : found;
        for (const key of more) found.push(key);
      }
      return found;
    },
  };
}

function keysOf(start: number, read: (offset: number, length: number) => Uint8Array): DeltaKeys {
  const { keys, keyKind, keyBytes } = readPairsHead(read(start, PAIRS_HEAD));
  const column = { kind: keyKind, count: keys, bytes: keyBytes };
  return {
    count: keys,
    first: (n, limit) => firstOfColumn(column, n, limit, (offset, length) => read(start + PAIRS_HEAD + offset, length)),
  };
}
