import { checkOptionNames, decodeLines } from '@millrace/core/connector';
import { checkedPolicy, type OnBadRow, placeOfLine, replaceBadRow } from './bad-rows.ts';
import type { LinesDecoder } from './decoder.ts';

/** Options of `jsonLines`. */
export interface JsonLinesOptions<T> {
  /** What happens to a line that is no JSON: `'fail'` unless given. */
  readonly onBadRow?: OnBadRow<T>;
}

/**
 * JSON lines (NDJSON): one JSON value a line; empty lines are nothing. What the values are is yours to check: `T` is a
 * promise of yours, not a test.
 *
 * @throws MR_OPTION; in tasks MR_BAD_RECORD, with the file, the line or byte, and the reason
 * @example
 * ```ts
 * const orders = fileStream(ssc, '/var/spool/orders', {
 *   decode: jsonLines<{ id: number; amount: number }>({ onBadRow: 'drop' }),
 * });
 * ```
 */
export function jsonLines<T = unknown>(options: JsonLinesOptions<T> = {}): LinesDecoder<T> {
  checkOptionNames('jsonLines', options, ['onBadRow']);
  const policy = checkedPolicy('jsonLines: onBadRow', options.onBadRow);
  return {
    framing: 'lines',
    decode(bytes, origin) {
      const texts = decodeLines(bytes);
      const records: T[] = [];
      for (let i = 0; i < texts.length; i++) {
        const text = texts[i]!;
        if (text === '') continue;
        let record: T | undefined;
        try {
          record = JSON.parse(text) as T;
        } catch (e) {
          if (text.trim() === '') continue;
          const where = placeOfLine(bytes, i, origin);
          record = replaceBadRow(policy, { source: origin.source, where, text, reason: (e as Error).message }, origin);
          if (record === undefined) continue;
        }
        records.push(record);
      }
      return records;
    },
  };
}
