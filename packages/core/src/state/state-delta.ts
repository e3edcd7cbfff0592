import { decodePairs, encodePairs, msgpackCodec } from '../data/codec.ts';
import { firstOfColumn } from '../data/column.ts';
import { PAIRS_HEAD, readPairsHead } from '../data/pairs.ts';
import { error } from '../errors/index.ts';
import type { Columns } from '../task/columns.ts';

/** What a batch did to a partition of keyed state; or, as a whole, the state itself. Keys are in the order of the state. */
export interface StateDelta {
  /** Batch time in ms that the state is at with it. */
  readonly time: number;
  /** True if it is the whole state, and not what changed. */
  readonly whole: boolean;
  /** Keys that are gone. */
  readonly removed: readonly unknown[];
  /** Keys that were known, with their new values. */
  readonly updated: Columns;
  /** Keys that are new, in order. */
  readonly inserted: Columns;
  /** When each inserted key was touched last, in ms; null: at `time`. Updated ones were touched at `time`. */
  readonly insertedTimes: readonly number[] | null;
  /** Times of the panes that a window has, oldest first. */
  readonly panes: readonly number[];
  /** Of these the ones that are new, with what is in them. */
  readonly newPanes: readonly { readonly time: number; readonly pieces: readonly Columns[] }[];
}

const VERSION = 1;

interface Header {
  readonly time: number;
  readonly whole: boolean;
  readonly timed: boolean;
  readonly panes: readonly number[];
  /** Of each new pane its time and its number of pieces. */
  readonly newPanes: readonly (readonly [time: number, pieces: number])[];
}

/**
 * A delta as bytes, without references to anything.
 * @param operator for errors
 * @throws MR_NOT_ENCODABLE
 */
export function encodeDelta(delta: StateDelta, operator: string): Uint8Array {
  const { time, whole, removed, updated, inserted, insertedTimes, panes, newPanes } = delta;
  const header: Header = {
    time,
    whole,
    timed: insertedTimes !== null,
    panes,
    newPanes: newPanes.map((p) => [p.time, p.pieces.length] as const),
  };
  const sections = [
    msgpackCodec.encode([header], operator),
    encodePairs(removed, [], operator),
    encodePairs(updated.keys, updated.values, operator),
    encodePairs(inserted.keys, inserted.values, operator),
  ];
  if (insertedTimes !== null) sections.push(encodePairs(insertedTimes, [], operator));
  for (const { pieces } of newPanes) {
    for (const { keys, values, unique } of pieces)
      sections.push(encodePairs(keys, values, operator, { unique: unique === true }));
  }
  return join(sections);
}

/** @throws MR_DECODE */
export function decodeDelta(bytes: Uint8Array): StateDelta {
  const sections = split(bytes);
  const header = msgpackCodec.decode(sections[0])[0] as Header;
  let at = 4;
  const insertedTimes = header.timed ? (decodePairs(sections[at++]).keys as number[]) : null;
  const newPanes = header.newPanes.map(([time, pieces]) => ({
    time,
    pieces: Array.from({ length: pieces }, (): Columns => decodePairs(sections[at++])),
  }));
  return {
    time: header.time,
    whole: header.whole,
    removed: decodePairs(sections[1]).keys,
    updated: decodePairs(sections[2]),
    inserted: decodePairs(sections[3]),
    insertedTimes,
    panes: header.panes,
    newPanes,
  };
}

/* Version, u32 number of sections, their u32 lengths, then they themselves, each at a multiple of 8. Little-endian. */

function join(sections: readonly Uint8Array[]): Uint8Array {
  let size = align(8 + 4 * sections.length);
  const starts = sections.map((s) => {
    const start = size;
    size = align(size + s.length);
    return start;
  });
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  out[0] = VERSION;
  view.setUint32(4, sections.length, true);
  sections.forEach((section, i) => {
    view.setUint32(8 + 4 * i, section.length, true);
    out.set(section, starts[i]);
  });
  return out;
}

function split(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length < 8 || bytes[0] !== VERSION) throw bad(`they do not begin with version ${VERSION}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(4, true);
  let at = align(8 + 4 * count);
  if (count < 4 || at > bytes.length) throw bad(`they announce ${count} sections`);
  return Array.from({ length: count }, (_, i) => {
    const length = view.getUint32(8 + 4 * i, true);
    if (at + length > bytes.length) throw bad('they end within a section');
    const section = bytes.subarray(at, at + length);
    at = align(at + length);
    return section;
  });
}

function align(n: number): number {
  return (n + 7) & ~7;
}

function bad(reason: string): Error {
  return error('MR_DECODE', { codec: 'state', reason });
}

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
  if (head.length < 8 || head[0] !== VERSION) throw bad(`they do not begin with version ${VERSION}`);
  const count = new DataView(head.buffer, head.byteOffset, 8).getUint32(4, true);
  if (count < 4) throw bad(`they announce ${count} sections`);
  const lengths = read(8, 16);
  if (lengths.length < 16) throw bad('they end within their head');
  const view = new DataView(lengths.buffer, lengths.byteOffset, 16);
  let at = align(8 + 4 * count);
  const sections = Array.from({ length: 4 }, (_, i) => {
    const start = at;
    const length = view.getUint32(4 * i, true);
    at = align(at + length);
    return { start, length };
  }) as [Section, Section, Section, Section];
  const [headerAt, ...keysAt] = sections;
  const header = msgpackCodec.decode(read(headerAt.start, headerAt.length))[0] as Header;
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
