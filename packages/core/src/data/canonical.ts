import { types } from 'node:util';
import { error } from '../errors/catalog.ts';
import { describe } from '../errors/entry.ts';
import { viewBuffer } from './bytes.ts';

/** Deeper than this a key is taken for cyclic. */
const MAX_DEPTH = 200;

/**
 * The text of a value: two values have the same text exactly when they are equal by value, as after a round trip through
 * msgpack. Each part begins with a tag of its type and is self-delimiting, so that [1, 23] differs from [12, 3] and 1 from
 * '1', 1n and true. Object keys are sorted, maps and sets compare without order, prototypes of class instances do not
 * count, -0 is 0 and NaN is NaN. An undefined inside an array or object counts and differs from an absent property.
 * The text enters hashes that decide partitions and are kept in checkpoints: never change it.
 * @throws MR_KEY_IDENTITY for functions, symbols, promises, regular expressions, weak collections, and cyclic values
 */
export function canonicalText(value: unknown): string {
  return text(value, '$', 0);
}

function text(v: unknown, path: string, depth: number): string {
  switch (typeof v) {
    case 'string':
      return `s${v.length}:${v}`;
    case 'number':
      // Adding 0 turns -0 into 0.
      return `n${v + 0};`;
    case 'boolean':
      return v ? 't' : 'f';
    case 'bigint':
      return `i${v};`;
    case 'undefined':
      return 'u';
    case 'object':
      if (v === null) return 'z';
      if (depth > MAX_DEPTH)
        throw error('MR_KEY_IDENTITY', { type: 'a cyclic or very deep object', path: path.slice(0, 80) });
      if (Array.isArray(v)) {
        let out = `[${v.length}:`;
        for (let i = 0; i < v.length; i++) out += text(v[i], `${path}[${i}]`, depth + 1);
        return out;
      }
      return objectText(v, path, depth);
    default:
      throw error('MR_KEY_IDENTITY', { type: describe(v), path });
  }
}

function objectText(v: object, path: string, depth: number): string {
  const proto = Object.getPrototypeOf(v);
  if (proto !== Object.prototype && proto !== null) {
    if (types.isDate(v)) return `d${v.getTime()};`;
    if (ArrayBuffer.isView(v)) return bytesText(v);
    if (types.isAnyArrayBuffer(v)) return bytesText(new Uint8Array(v));
    if (types.isMap(v)) return mapText(v, path, depth);
    if (types.isSet(v)) return setText(v, path, depth);
    // These have no enumerable properties, so all of them would be equal to {}.
    if (types.isRegExp(v) || types.isPromise(v) || types.isWeakMap(v) || types.isWeakSet(v) || types.isNativeError(v))
      throw error('MR_KEY_IDENTITY', { type: describe(v), path });
  }
  const keys = Object.keys(v).sort();
  let out = `{${keys.length}:`;
  for (const key of keys)
    out += `${key.length}:${key}${text((v as Record<string, unknown>)[key], `${path}.${key}`, depth + 1)}`;
  return out;
}

/** A Buffer and a Uint8Array are the same bytes (a codec may turn one into the other); other views keep their type. */
function bytesText(view: ArrayBufferView): string {
  const bytes = viewBuffer(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  const kind = view instanceof Uint8Array ? '' : view.constructor.name;
  return `b${kind}${bytes.length}:${bytes.latin1Slice(0, bytes.length)}`;
}

function mapText(map: Map<unknown, unknown>, path: string, depth: number): string {
  const entries: string[] = [];
  for (const [k, v] of map) entries.push(text(k, `${path}.keys()`, depth + 1) + text(v, `${path}.get(...)`, depth + 1));
  return `m${entries.length}:${entries.sort().join('')}`;
}

function setText(set: Set<unknown>, path: string, depth: number): string {
  const members: string[] = [];
  for (const v of set) members.push(text(v, `${path}.values()`, depth + 1));
  return `e${members.length}:${members.sort().join('')}`;
}
