import { describe, error, formatRecord } from '@millrace/core/connector';
import type { Encoder } from './part-file.ts';

/** Characters of one piece. */
const PIECE = 2 ** 16;

/** Encodings of text files. */
export type TextEncoding = 'utf8' | 'utf16le' | 'latin1';

/** One line for each record. */
export function lineEncoder(toLine: (record: unknown, operator: string) => string, encoding: TextEncoding): Encoder {
  return function* (records, operator) {
    let piece = '';
    for (const record of records) {
      piece += `${toLine(record, operator)}\n`;
      if (piece.length < PIECE) continue;
      yield Buffer.from(piece, encoding);
      piece = '';
    }
    if (piece !== '') yield Buffer.from(piece, encoding);
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
