import { error } from '../errors/catalog.ts';
import { canonicalText } from './canonical.ts';

/** What a JS Map compares as our keys compare: by value. */
export type LookupKey = string | number | boolean | bigint | null;

/**
 * Something to use as the key of a JS Map in the place of `k`, such that Map equality is equality by value: two keys get
 * the same lookup key exactly when they are equal after a round trip through msgpack. Primitives stand for themselves;
 * arrays, objects, dates, bytes, maps and sets become a string that begins with U+0001 (`canonicalText` has the rules).
 * A Map already takes -0 for 0 and NaN for NaN.
 * @throws MR_KEY_IDENTITY for undefined at top level, and for functions, symbols and other things without a value anywhere
 */
export function lookupKey(k: unknown): LookupKey {
  // Small on purpose: V8 inlines it into the loops over records, where nearly every key is a string or a number.
  if (typeof k === 'string') return k.charCodeAt(0) === 1 ? `\u0001${k}` : k;
  if (typeof k === 'number') return k;
  return otherKey(k);
}

function otherKey(k: unknown): LookupKey {
  if (k === null || typeof k === 'boolean' || typeof k === 'bigint') return k;
  if (k === undefined) throw error('MR_KEY_IDENTITY', { type: 'undefined', path: '$' });
  // The canonical text of an object never begins with U+0001, that of an escaped string does: no collision.
  return `\u0001${canonicalText(k).toWellFormed()}`;
}

/**
 * A key that a codec gives back as it is: with U+FFFD in the place of half surrogate pairs. Equal by value to what
 * `lookupKey` takes it for, unless it is a string, which `lookupKey` does not look into.
 */
export function storableKey<K>(k: K): K {
  if (typeof k === 'string') return k.isWellFormed() ? k : (k.toWellFormed() as K);
  if (typeof k !== 'object' || k === null || canonicalText(k).isWellFormed()) return k;
  return wellFormed(k) as K;
}

/** All strings in a value; what is no array, plain object, map or set has none. */
function wellFormed(v: unknown): unknown {
  if (typeof v === 'string') return v.toWellFormed();
  if (typeof v !== 'object' || v === null) return v;
  if (Array.isArray(v)) return v.map(wellFormed);
  if (v instanceof Map) return new Map([...v].map(([k, value]) => [wellFormed(k), wellFormed(value)]));
  if (v instanceof Set) return new Set([...v].map(wellFormed));
  if (ArrayBuffer.isView(v) || v instanceof ArrayBuffer || v instanceof Date) return v;
  return Object.fromEntries(Object.entries(v).map(([k, value]) => [k.toWellFormed(), wellFormed(value)]));
}

/** Shorter substrings are copied by V8; from this length on they point into the string they were cut from. */
const SLICED_MIN_LENGTH = 13;

/**
 * A key that may be kept for long. A word cut out of a megabyte of text keeps all of the megabyte alive (V8's sliced
 * strings); this returns an equal string with characters of its own. Everything else is returned as it is.
 * Call it when a key enters state, not per record.
 */
export function ownedKey<K>(k: K): K {
  if (typeof k !== 'string' || k.length < SLICED_MIN_LENGTH) return k;
  // Concatenation makes a rope, slicing a rope flattens it into new memory of length + 1; the slice points into that.
  return ` ${k}`.slice(1) as K;
}
