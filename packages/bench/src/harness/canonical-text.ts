/**
 * A value as text that is the same for equal values and another one for others, for all that records can be made of: what structured
 * clone or MessagePack carries. The order of an object's keys, of a Map's entries and of a Set's values is free; -0 is 0, a Buffer is its
 * Uint8Array, an object of a class is its fields, as after a copy to another thread. A field that is undefined is another thing than none.
 * Where a value is inside itself stands how many levels up. It never has a line break in it.
 */
export function canonicalText(value: unknown): string {
  return textOf(value, []);
}

/** @param around the objects that it is in, outermost first */
function textOf(value: unknown, around: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      // Of -0 as well: '0'.
      return `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : textOfObject(value, around);
    case 'function':
      return `function(${JSON.stringify(value.name)})`;
    case 'symbol':
      return `symbol(${JSON.stringify(value.description ?? '')})`;
    default:
      return `${value}`;
  }
}

function textOfObject(value: object, around: readonly object[]): string {
  const levels = around.length - around.indexOf(value);
  if (levels <= around.length) return `inside itself(${levels})`;
  const inside = [...around, value];
  const text = (each: unknown) => textOf(each, inside);
  if (Array.isArray(value)) return `[${Array.from(value, text).join(',')}]`;
  if (value instanceof Map)
    return `Map{${Array.from(value, ([key, each]) => `${text(key)}=>${text(each)}`)
      .sort()
      .join(',')}}`;
  if (value instanceof Set) return `Set{${Array.from(value, text).sort().join(',')}}`;
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`;
  if (value instanceof RegExp) return `RegExp(${JSON.stringify(`${value}`)})`;
  if (value instanceof Error) return `${value.name}(${JSON.stringify(value.message)})`;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `ArrayBuffer[${new Uint8Array(value).join(',')}]`;
  if (value instanceof DataView)
    return `DataView[${new Uint8Array(value.buffer, value.byteOffset, value.byteLength).join(',')}]`;
  if (ArrayBuffer.isView(value)) {
    const numbers = value as Uint8Array;
    return `${numbers[Symbol.toStringTag]}[${numbers.join(',')}]`;
  }
  return textOfFields(value, text);
}

function textOfFields(value: object, text: (each: unknown) => string): string {
  const keys = Object.keys(value).sort();
  // Boxed primitives, and those with all they have in private, such as a URL.
  if (keys.length === 0 || value instanceof String) {
    const plain: unknown = value.valueOf();
    if (typeof plain !== 'object') return text(plain);
    if ('toJSON' in value && typeof value.toJSON === 'function') return text(value.toJSON());
  }
  const fields = value as Readonly<Record<string, unknown>>;
  return `{${keys.map((key) => `${JSON.stringify(key)}:${text(fields[key])}`).join(',')}}`;
}
