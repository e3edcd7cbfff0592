import { describe, error, formatRecord } from '@millrace/core/connector';
import type { Encoder } from './part-file.ts';

/** Characters of one piece. */
const PIECE = 2 ** 16;

/** What latin1 cannot express: it would write another character in its place. */
const BEYOND_LATIN1 = /[^\p{ASCII}\u0080-\u00ff]/u;

/** Encodings of text files. */
export type TextEncoding = 'utf8' | 'utf16le' | 'latin1';

/** One line for each record. */
export function lineEncoder(toLine: (record: unknown, operator: string) => string, encoding: TextEncoding): Encoder {
  const encode = (text: string, operator: string) => {
    if (encoding === 'latin1' && BEYOND_LATIN1.test(text)) {
      const what = `text with ${describe(BEYOND_LATIN1.exec(text)?.[0])}, which latin1 does not have`;
      throw error('MR_NOT_ENCODABLE', { operator, path: '$', what });
    }
    return Buffer.from(text, encoding);
  };
  return function* (records, operator) {
    let piece = '';
    for (const record of records) {
      piece += `${toLine(record, operator)}\n`;
      if (piece.length < PIECE) continue;
      yield encode(piece, operator);
      piece = '';
    }
    if (piece !== '') yield encode(piece, operator);
  };
}

/** A record as a line of text, as `print` shows it. */
export function textLine(record: unknown): string {
  return formatRecord(record);
}

/** A record as JSON in one line. @throws MR_NOT_ENCODABLE for what JSON cannot express */
export function jsonLine(record: unknown, operator: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(record);
  } catch (cause) {
    throw error(
      'MR_NOT_ENCODABLE',
      { operator, path: '$', what: `${describe(record)}, which JSON cannot express` },
      { cause },
    );
  }
  if (text !== undefined) return text;
  throw error('MR_NOT_ENCODABLE', { operator, path: '$', what: `${describe(record)}, which JSON cannot express` });
}
