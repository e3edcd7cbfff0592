import { Packr, RESET_BUFFER_MODE } from 'msgpackr';
import { error } from '../errors/catalog.ts';
import { viewBuffer } from './bytes.ts';
import { prefersMaps } from './dictionary.ts';
import { findUnencodable, losesContent } from './encodable.ts';

/*
 * How Millrace uses msgpackr, and why:
 * - moreTypes: without it typed arrays decode to garbage, and sets, errors and large bigints are lost.
 * - No shared structures: every block describes itself; more than 32 shapes with shared ones corrupts data.
 * - copyBuffers: decoded bytes are copies, else a field of ten bytes pins (and shows later changes of) a whole block.
 * - useToJSON false: toJSON is for JSON; a record stays what it is.
 * - int64 as bigint (the default): 1n stays 1n.
 * - Results live in an arena that the next pack overwrites (RESET_BUFFER_MODE); callers copy, so nothing leaks out of it.
 * Values follow the codec on every backend: -0 becomes 0, lone surrogates U+FFFD (one or three), array holes undefined, a property
 * `__proto__` is renamed `__proto_`, prototypes and getters of class instances are lost, an Error keeps its
 * name, message and cause. Float16Array is not supported by this version of msgpackr and fails when decoded.
 */

/** How objects are written: as records, whose keys are written once a shape, or as maps, for objects used as dictionaries. */
export const RECORDS = 0;
export const MAPS = 1;
export type PackMode = typeof RECORDS | typeof MAPS;

/** Thrown by hooks that have no idea of the path; the path is then searched for. */
const UNENCODABLE = new Error('not encodable');
/** Thrown when a Map turns up in MAPS mode, which could not tell it from an object. */
const MAP_FOUND = new Error('map found');
/** An arena above this size is not kept: one large partition must not cost memory for ever. */
const MAX_ARENA = 16 * 1024 * 1024;

/** Prototypes whose instances were found to be plain data. */
const plainPrototypes = new WeakSet<object>();

/** msgpackr asks this for every object that it is about to write property by property, which is the place to refuse some. */
function checkObject(o: object): void {
  const prototype = Object.getPrototypeOf(o);
  if (prototype === Object.prototype || prototype === null || plainPrototypes.has(prototype)) return;
  if (losesContent(o)) throw UNENCODABLE;
  plainPrototypes.add(prototype);
}

const common = {
  moreTypes: true,
  copyBuffers: true,
  useToJSON: false,
  variableMapSize: true,
  // Called for a function among the values; by itself msgpackr writes undefined.
  writeFunction() {
    throw UNENCODABLE;
  },
};

class MapsPackr extends Packr {
  // Read by msgpackr for each Map that it writes, and only then.
  get mapAsEmptyObject(): boolean {
    throw MAP_FOUND;
  }
}

type Options = ConstructorParameters<typeof Packr>[0];

function newPackr(mode: PackMode): Packr {
  const useRecords = (o: object): boolean => {
    if (o.constructor !== Object) checkObject(o);
    return mode === RECORDS;
  };
  return mode === RECORDS
    ? new Packr({ ...common, useRecords } as Options)
    : new MapsPackr({ ...common, useRecords, mapsAsObjects: true } as Options);
}

/** One of each mode a thread: modules are loaded per thread. */
const packrs: [Packr, Packr] = [newPackr(RECORDS), newPackr(MAPS)];

/**
 * Encodes values as one msgpack array.
 * @param where the operator or partition, for the error
 * @param root how the error calls one of the values, `$` by default
 * @returns the mode to decode with, and a view that is valid until the next call: copy it
 * @throws MR_NOT_ENCODABLE with the path of the value that cannot be encoded
 */
export function packArray(values: readonly unknown[], where: string, root = '$'): { mode: PackMode; view: Uint8Array } {
  let mode: PackMode = RECORDS;
  let chosen = false;
  for (;;) {
    try {
      // Inside: it reads properties, and a getter may throw.
      if (!chosen) mode = prefersMaps(values) ? MAPS : RECORDS;
      chosen = true;
      const view = packrs[mode].pack(values, RESET_BUFFER_MODE);
      if (view.buffer.byteLength > MAX_ARENA) packrs[mode].useBuffer(Buffer.allocUnsafeSlow(8192));
      return { mode, view };
    } catch (e) {
      // After a stack overflow nobody knows what state the instance is in.
      if (e !== MAP_FOUND && e !== UNENCODABLE) packrs[mode] = newPackr(mode);
      if (e !== MAP_FOUND) throw notEncodable(values, where, root, e);
      mode = RECORDS;
    }
  }
}

/**
 * The array that `packArray` encoded. Works on shared memory.
 * @throws MR_DECODE when the bytes are not exactly one array
 */
export function unpackArray(bytes: Uint8Array, start: number, end: number, mode: number, codec: string): unknown[] {
  if (mode !== RECORDS && mode !== MAPS)
    throw error('MR_DECODE', { codec, reason: `the mode byte is ${mode}, not 0 or 1` });
  let value: unknown;
  try {
    value = packrs[mode].unpack(viewBuffer(bytes, start, end));
  } catch (e) {
    packrs[mode] = newPackr(mode);
    throw error('MR_DECODE', { codec, reason: e instanceof Error ? e.message : String(e) }, { cause: e });
  }
  if (Array.isArray(value)) return value;
  throw error('MR_DECODE', { codec, reason: 'the bytes do not hold an array of records' });
}

function notEncodable(values: readonly unknown[], where: string, root: string, cause: unknown): Error {
  for (let i = 0; i < values.length; i++) {
    const found = findUnencodable(values[i], root);
    if (found) return error('MR_NOT_ENCODABLE', { operator: where, ...found }, { details: { index: i } });
  }
  const what = `refused by the codec (${cause instanceof Error ? cause.message : String(cause)})`;
  return error('MR_NOT_ENCODABLE', { operator: where, path: root, what }, { cause });
}
