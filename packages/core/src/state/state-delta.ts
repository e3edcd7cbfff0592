import { decodePairs, encodePairs, msgpackCodec } from '../data/codec.ts';
import type { Columns } from '../task/columns.ts';
import { badSections, joinSections, splitSections } from './sections.ts';

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
  /** Of these the ones that are new, or others than they were, with what is in them. */
  readonly newPanes: readonly { readonly time: number; readonly pieces: readonly Columns[] }[];
  /**
   * Of a whole state that was read while batches went on: the last of them, in ms. Only with the deltas up to there it is a
   * state; these may name keys that it does not have, since they were removed before they were read. Left out of all others.
   */
  readonly sweptUntil?: number;
}

/** The first section of a delta. */
export interface DeltaHeader {
  readonly time: number;
  readonly whole: boolean;
  readonly timed: boolean;
  readonly panes: readonly number[];
  /** Of each new pane its time and its number of pieces. */
  readonly newPanes: readonly (readonly [time: number, pieces: number])[];
  /** Left out where all was read at once. */
  readonly swept?: SweptHeader;
}

/** What the header of a state says that was read while batches went on. */
export interface SweptHeader {
  /** Batch time in ms of the last slice. */
  readonly until: number;
  /** How many keys there were when it began. */
  readonly keys: number;
  /** In how many parts inserted keys are. The first lies where that of a delta does, the others, each with its times, behind everything else. */
  readonly parts: number;
}

/** A whole state as it was read, slice by slice, each part in bytes already. */
export interface SweptState {
  /** Batch time in ms of the first slice, ... */
  readonly time: number;
  /** ... and of the last. */
  readonly until: number;
  /** How many keys there were at `time`. */
  readonly keys: number;
  readonly parts: readonly { readonly pairs: Uint8Array; readonly times: Uint8Array }[];
  /** The panes at `time`. */
  readonly panes: readonly { readonly time: number; readonly pieces: readonly Uint8Array[] }[];
}

/**
 * A delta as bytes, without references to anything.
 * @param operator for errors
 * @throws MR_NOT_ENCODABLE
 */
export function encodeDelta(delta: StateDelta, operator: string): Uint8Array {
  const { time, whole, removed, updated, inserted, insertedTimes, panes, newPanes } = delta;
  const header: DeltaHeader = {
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
  for (const { pieces } of newPanes) for (const piece of pieces) sections.push(encodePiece(piece, operator));
  return joinSections(sections);
}

/** A piece of a pane as bytes. @throws MR_NOT_ENCODABLE */
export function encodePiece({ keys, values, unique }: Columns, operator: string): Uint8Array {
  return encodePairs(keys, values, operator, { unique: unique === true });
}

/** A state that was read slice by slice, as the bytes of a whole delta. They lie in shared memory where they are many. */
export function encodeSwept({ time, until, keys, parts, panes }: SweptState, operator: string): Uint8Array {
  const nothing = encodePairs([], [], operator);
  const [first = { pairs: nothing, times: nothing }, ...others] = parts;
  const header: DeltaHeader = {
    time,
    whole: true,
    timed: true,
    panes: panes.map((p) => p.time),
    newPanes: panes.map((p) => [p.time, p.pieces.length] as const),
    ...(until === time && others.length === 0 ? {} : { swept: { until, keys, parts: 1 + others.length } }),
  };
  const sections = [msgpackCodec.encode([header], operator), nothing, nothing, first.pairs, first.times];
  for (const { pieces } of panes) sections.push(...pieces);
  for (const { pairs, times } of others) sections.push(pairs, times);
  return joinSections(sections, 'large');
}

/** How many sections there are from the inserted keys on, up to those of the second part. */
export function sectionsOfFirst({ timed, newPanes }: DeltaHeader): number {
  return newPanes.reduce((sum, [, pieces]) => sum + pieces, timed ? 2 : 1);
}

/** @throws MR_DECODE */
export function decodeDelta(bytes: Uint8Array): StateDelta {
  const sections = splitSections(bytes, 4);
  const header = msgpackCodec.decode(sections[0])[0] as DeltaHeader;
  const { swept } = header;
  const others = 3 + sectionsOfFirst(header);
  const end = others + 2 * ((swept?.parts ?? 1) - 1);
  if (sections.length !== end) throw badSections(`there are ${sections.length} where ${end} belong together`);
  let at = 4;
  const insertedTimes = header.timed ? (decodePairs(sections[at++]).keys as number[]) : null;
  const newPanes = header.newPanes.map(([time, pieces]) => ({
    time,
    pieces: Array.from({ length: pieces }, (): Columns => decodePairs(sections[at++])),
  }));
  let inserted: Columns = decodePairs(sections[3]);
  if (end > others) {
    const parts = [inserted];
    for (at = others; at < end; at += 2) {
      parts.push(decodePairs(sections[at]));
      for (const time of decodePairs(sections[at + 1]).keys) insertedTimes?.push(time as number);
    }
    inserted = { keys: parts.flatMap((p) => p.keys), values: parts.flatMap((p) => p.values) };
  }
  return {
    time: header.time,
    whole: header.whole,
    removed: decodePairs(sections[1]).keys,
    updated: decodePairs(sections[2]),
    inserted,
    insertedTimes,
    panes: header.panes,
    newPanes,
    ...(swept === undefined ? {} : { sweptUntil: swept.until }),
  };
}
