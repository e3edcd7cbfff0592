import { types } from 'node:util';
import { canonicalText } from './canonical.ts';

/**
 * A total order over records and keys, used by sort, min, max and top: negative when `a` comes before `b`.
 * Numbers and bigints by size (NaN after all others, -0 equals 0), strings by UTF-16 code units, dates by time (invalid
 * ones last), arrays element by element and then by length, bytes likewise; other objects by their canonical text, which
 * is arbitrary but stable. Types follow each other in the order null, booleans, numbers, strings, dates, bytes, arrays,
 * objects, undefined.
 * @throws MR_KEY_IDENTITY when both are objects that have no value, such as functions
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return compareOthers(a, b);
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  // At least one is NaN.
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

const NULL = 0;
const BOOLEAN = 1;
const NUMBER = 2;
const STRING = 3;
const DATE = 4;
const BYTES = 5;
const ARRAY = 6;
const OBJECT = 7;
const UNDEFINED = 8;

function rank(v: unknown): number {
  switch (typeof v) {
    case 'boolean':
      return BOOLEAN;
    case 'number':
    case 'bigint':
      return NUMBER;
    case 'string':
      return STRING;
    case 'undefined':
      return UNDEFINED;
    case 'object':
      if (v === null) return NULL;
      if (Array.isArray(v)) return ARRAY;
      if (v instanceof Uint8Array) return BYTES;
      return types.isDate(v) ? DATE : OBJECT;
    default:
      return OBJECT;
  }
}

function compareOthers(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const kind = rank(a);
  const other = rank(b);
  if (kind !== other) return kind - other;
  switch (kind) {
    case BOOLEAN:
      return Number(a) - Number(b);
    case NUMBER:
      return compareMixedNumbers(a as number | bigint, b as number | bigint);
    case DATE:
      return compareNumbers((a as Date).getTime(), (b as Date).getTime());
    case BYTES:
      return Buffer.compare(a as Uint8Array, b as Uint8Array);
    case ARRAY:
      return compareArrays(a as unknown[], b as unknown[]);
    case OBJECT: {
      const x = canonicalText(a);
      const y = canonicalText(b);
      return x < y ? -1 : x > y ? 1 : 0;
    }
    default:
      return 0;
  }
}

/** JS compares a bigint with a number exactly. Equal ones (1 and 1n) are different keys, so the number goes first. */
function compareMixedNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (typeof a === typeof b) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  return typeof a === 'number' ? -1 : 1;
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
