import { createHash } from 'node:crypto';
import { decodePairs, encodePairs, msgpackCodec } from '../data/codec.ts';
import type { LookupKey } from '../data/key.ts';
import { joinSections, splitSections } from './sections.ts';

/*
 * Keyed state that lies in the checkpoint's store, an entry for each key, with what batches touched last in the memory of
 * the slots. A batch's task asks for the keys that it needs before it begins, so that functions of state need not wait.
 */

/** How a key is named in the store: equal for equal keys, and short. */
export type StoreId = string | number;

/** Reads what the last committed batch has left of state that lies in the store. */
export interface StateReads {
  /** Entries of keys, as `encodeEntry` wrote them, in the order of the keys; undefined where there is none. */
  entries(node: string, partition: number, ids: readonly StoreId[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Entries of keys that were touched last before a time, those of the longest ago first.
   * @param after where the page before ended; null for the first
   */
  touchedBefore(node: string, partition: number, time: number, after: TouchedAt | null): Promise<TouchedPage>;
}

/** A place in the order of last touches. */
export type TouchedAt = readonly [time: number, id: StoreId];

export interface TouchedPage {
  readonly entries: readonly Uint8Array[];
  /** Where the next page begins; null if there is none. */
  readonly next: TouchedAt | null;
}

/** One key of state. */
export interface StoredEntry {
  readonly key: unknown;
  readonly value: unknown;
  /** Batch time in ms of the last update. */
  readonly time: number;
}

/** What a batch did to one key. */
export interface StoredChange {
  readonly id: StoreId;
  /** Null: the key is gone. */
  readonly bytes: Uint8Array | null;
  /** When it had been touched before, in ms; null: it was not there, or nobody looks for keys by it. */
  readonly before: number | null;
  /** When it was touched now; null: it is gone, or nobody looks for keys by it. */
  readonly touched: number | null;
}

/** Longer keys are named by a hash: stores take keys of some hundred bytes. */
const LONGEST = 512;
/** Begins names that are not the key itself. */
const OTHER = '\u0002';

/** The name of a key in the store. */
export function storeId(key: LookupKey): StoreId {
  if (typeof key === 'number' && Number.isFinite(key)) return key === 0 ? 0 : key;
  if (typeof key !== 'string') return `${OTHER}${typeof key}:${String(key)}`;
  if (key.length > LONGEST / 4 && Buffer.byteLength(key) > LONGEST) return `${OTHER}sha256:${digest(Buffer.from(key))}`;
  return key.startsWith(OTHER) ? `${OTHER}string:${key}` : key;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @throws MR_NOT_ENCODABLE */
export function encodeEntry({ key, value, time }: StoredEntry, operator: string): Uint8Array {
  return msgpackCodec.encode([key, value, time], operator);
}

/** What has become of an entry. @param before when it had been touched before @throws MR_NOT_ENCODABLE */
export function changeOf(
  entry: StoredEntry & { readonly dead: boolean },
  id: LookupKey,
  before: number | null,
  { operator, timed }: { readonly operator: string; readonly timed: boolean },
): StoredChange {
  return {
    id: storeId(id),
    bytes: entry.dead ? null : encodeEntry(entry, operator),
    before,
    touched: timed && !entry.dead ? entry.time : null,
  };
}

/** @throws MR_DECODE */
export function decodeEntry(bytes: Uint8Array): StoredEntry {
  const [key, value, time] = msgpackCodec.decode(bytes);
  return { key, value, time: time as number };
}

/** What a batch did, as bytes. */
export function encodeChanges(changes: readonly StoredChange[], operator: string): Uint8Array {
  const lengths = changes.map(({ bytes }) => (bytes === null ? -1 : bytes.length));
  const ids = changes.map(({ id }) => id);
  const before = changes.map((change) => change.before ?? Number.NaN);
  const touched = changes.map((change) => change.touched ?? Number.NaN);
  return joinSections([
    encodePairs(ids, lengths, operator),
    encodePairs(before, touched, operator),
    Buffer.concat(changes.flatMap(({ bytes }) => (bytes === null ? [] : [bytes]))),
  ]);
}

/** @throws MR_DECODE */
export function decodeChanges(bytes: Uint8Array): StoredChange[] {
  const sections = splitSections(bytes, 3);
  const { keys: ids, values: lengths } = decodePairs(sections[0]) as { keys: StoreId[]; values: number[] };
  const { keys: before, values: touched } = decodePairs(sections[1]) as { keys: number[]; values: number[] };
  let at = 0;
  return ids.map((id, i) => {
    const length = lengths[i];
    const part = length < 0 ? null : sections[2].subarray(at, at + length);
    at += Math.max(0, length);
    return { id, bytes: part, before: orNull(before[i]), touched: orNull(touched[i]) };
  });
}

function orNull(time: number): number | null {
  return Number.isNaN(time) ? null : time;
}
