import { decodePairs, encodePairs, msgpackCodec } from '../data/codec.ts';
import type { Columns } from '../task/columns.ts';
import { joinSections, splitSections } from './sections.ts';

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

/** The first section of a delta. */
export interface DeltaHeader {
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
  for (const { pieces } of newPanes) {
    for (const { keys, values, unique } of pieces)
      sections.push(encodePairs(keys, values, operator, { unique: unique === true }));
  }
  return joinSections(sections);
}

/** @throws MR_DECODE */
export function decodeDelta(bytes: Uint8Array): StateDelta {
  const sections = splitSections(bytes, 4);
  const header = msgpackCodec.decode(sections[0])[0] as DeltaHeader;
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
