import { types } from 'node:util';
import { describe } from '../errors/entry.ts';

/** What is wrong with a record, and where: `$` is the record. */
export interface Unencodable {
  readonly path: string;
  readonly what: string;
}

/** The search goes no deeper; the codec fails with a stack overflow at some thousand levels. */
const MAX_DEPTH = 400;

/**
 * Whether an object that is neither plain nor of a type the codec knows would lose its content when written as a plain
 * object: promises, weak collections, iterators, boxed primitives, shared memory, and maps, sets, dates and regular
 * expressions that are subclassed or come from another realm in a way the codec does not see.
 */
export function losesContent(o: object): boolean {
  return (
    types.isPromise(o) ||
    types.isMap(o) ||
    types.isSet(o) ||
    types.isDate(o) ||
    types.isRegExp(o) ||
    types.isWeakMap(o) ||
    types.isWeakSet(o) ||
    types.isBoxedPrimitive(o) ||
    types.isGeneratorObject(o) ||
    types.isMapIterator(o) ||
    types.isSetIterator(o) ||
    types.isSharedArrayBuffer(o) ||
    o instanceof WeakRef
  );
}

/**
 * Looks for the first thing in a record that cannot be encoded: a function, a symbol, a promise, a cycle, a getter that
 * throws. Slow; called only after encoding has failed.
 * @param root how to write the record itself, `$` or `$[1]` for the value of a pair
 */
export function findUnencodable(record: unknown, root = '$'): Unencodable | undefined {
  const deep: Deep = { path: undefined };
  const found = search(record, root, [], deep);
  if (found !== undefined || deep.path === undefined) return found;
  return { path: `${deep.path.slice(0, 40)}...`, what: `nested more than ${MAX_DEPTH} levels deep` };
}

/** Where the search gave up, which is the answer only if it found nothing else. */
interface Deep {
  path: string | undefined;
}

function search(value: unknown, path: string, above: object[], deep: Deep): Unencodable | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { path, what: describe(value) };
  if (typeof value !== 'object' || value === null || types.isDate(value) || ArrayBuffer.isView(value)) return undefined;
  const seen = above.indexOf(value);
  if (seen >= 0)
    return { path, what: seen === 0 ? 'the record itself again (a cycle)' : 'an object that contains it (a cycle)' };
  if (above.length > MAX_DEPTH) {
    deep.path ??= path;
    return undefined;
  }
  above.push(value);
  try {
    return searchInside(value, path, above, deep);
  } catch (e) {
    return { path, what: `a property that cannot be read (${String(e)})` };
  } finally {
    above.pop();
  }
}

function searchInside(value: object, path: string, above: object[], deep: Deep): Unencodable | undefined {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = search(value[i], `${path}[${i}]`, above, deep);
      if (found) return found;
    }
    return undefined;
  }
  if (value.constructor === Map) {
    for (const [k, v] of value as Map<unknown, unknown>) {
      const found = search(k, `${path}.keys()`, above, deep) ?? search(v, `${path}.get(${describe(k)})`, above, deep);
      if (found) return found;
    }
    return undefined;
  }
  if (value instanceof Set) {
    for (const v of value) {
      const found = search(v, `${path}.values()`, above, deep);
      if (found) return found;
    }
    return undefined;
  }
  if (!(value instanceof RegExp) && losesContent(value)) return { path, what: describe(value) };
  for (const key of Object.keys(value)) {
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    let inner: unknown;
    try {
      inner = (value as Record<string, unknown>)[key];
    } catch (e) {
      return { path: at, what: `a getter that throws (${String(e)})` };
    }
    const found = search(inner, at, above, deep);
    if (found) return found;
  }
  return undefined;
}
