import type { Time } from './time.ts';

const RULE = '-------------------------------------------';

/** The text that `print` writes for a batch (Spark's layout): `records` may hold one more than `num`, shown as "...". */
export function formatBatch(records: readonly unknown[], time: Time, num: number): string {
  const shown = records.slice(0, num).map((record) => `${formatRecord(record)}\n`);
  return `${RULE}\nTime: ${time.milliseconds} ms\n${RULE}\n${shown.join('')}${records.length > num ? '...\n' : ''}\n`;
}

/** A record as `print` shows it: pairs as `(key,value)`, text bare, the rest as JSON. */
export function formatRecord(record: unknown): string {
  if (typeof record === 'string') return record;
  if (Array.isArray(record))
    return record.length === 2 ? `(${record.map(formatRecord).join(',')})` : `[${record.map(formatRecord).join(',')}]`;
  if (typeof record === 'object' && record !== null) {
    return JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  }
  return String(record);
}
