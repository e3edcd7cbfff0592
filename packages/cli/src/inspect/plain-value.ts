/** A value as JSON can hold it: bigints and symbols as text, dates as ISO, maps as pairs, sets as arrays, bytes as base64. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return String(value);
  if (ArrayBuffer.isView(value))
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : plainValue([...(value as Int8Array)]);
  if (value instanceof Map) return [...value].map(plainValue);
  if (value instanceof Set || Array.isArray(value)) return [...value].map(plainValue);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
}

/** A value on one line, not longer than that. */
export function shortValue(value: unknown, length: number): string {
  const text = JSON.stringify(plainValue(value));
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
