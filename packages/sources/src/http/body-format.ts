import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import { countLines } from '@millrace/core/connector';
import { nestsDeeper, parseJson } from '../net/json.ts';
import { badBody, Refusal } from './refusal.ts';

/** What the body of a request is: one JSON value, a JSON value in each line, or lines of text. */
export type BodyFormat = 'json' | 'ndjson' | 'text';

/** The records of a request: values, or lines of text, which tasks decode. */
export type Portion =
  | { readonly kind: 'records'; readonly records: readonly unknown[]; readonly bytes: number }
  | { readonly kind: 'lines'; readonly bytes: Uint8Array; readonly lines: number };

/** Levels of arrays and objects in each other. Records are walked recursively later, and a stack has an end. */
const MAX_DEPTH = 500;

const formats: Readonly<Record<string, BodyFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
  'text/plain': 'text',
};

/** @returns what a Content-Type says a body is @throws Refusal, 415 */
export function formatOf(contentType: string | undefined): BodyFormat {
  const type = mimeType(contentType);
  const format =
    type === null ? undefined : (formats[type.essence] ?? (type.subtype.endsWith('+json') ? 'json' : undefined));
  const known = 'application/json, application/x-ndjson, text/plain';
  if (type === null || format === undefined) {
    throw new Refusal(415, `the Content-Type is none of ${known}`, { 'accept-post': known });
  }
  const charset = type.params.get('charset')?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) throw new Refusal(415, 'the charset is not utf-8');
  return format;
}

function mimeType(contentType: string | undefined): MIMEType | null {
  try {
    return new MIMEType(contentType ?? '');
  } catch {
    return null;
  }
}

/** @returns how many records there are in a portion */
export function recordsOf(portion: Portion): number {
  return portion.kind === 'lines' ? portion.lines : portion.records.length;
}

/** Makes records of a body. @throws Refusal, 400, with the place of the first mistake: nothing of the body is taken then */
export function readRecords(body: Uint8Array, format: BodyFormat): Portion {
  const bytes = withoutByteOrderMark(body);
  if (!isUtf8(bytes)) throw badBody(`the body is not UTF-8, first in line ${badLine(bytes)}`);
  if (format === 'text') return textLines(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const records = format === 'json' ? wholeJson(text) : jsonLines(text);
  if (nestsDeeper(bytes, MAX_DEPTH)) throw badBody(`the JSON is nested more than ${MAX_DEPTH} levels deep`);
  return { kind: 'records', records, bytes: bytes.length };
}

function wholeJson(text: string): readonly unknown[] {
  const value = parseJson(text, (reason, position) =>
    badBody(`the body is not JSON: ${reason} at position ${position}`),
  );
  return Array.isArray(value) ? value : [value];
}

function jsonLines(text: string): readonly unknown[] {
  const records: unknown[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    if (line.trim() === '') continue;
    const bad = (reason: string, position: number) =>
      badBody(`line ${number} is not JSON: ${reason} at position ${position}`);
    records.push(parseJson(line, bad));
  }
  return records;
}

function textLines(bytes: Uint8Array): Portion {
  const isEnded = bytes.length === 0 || bytes[bytes.length - 1] === 10;
  // Bodies are put behind each other, so each ends its last line.
  const ended = isEnded ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
  return { kind: 'lines', bytes: ended, lines: countLines(ended) };
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Number of the first line that is not UTF-8. */
function badLine(bytes: Uint8Array): number {
  for (let number = 1, from = 0; ; number++) {
    const newline = bytes.indexOf(10, from);
    if (newline < 0 || !isUtf8(bytes.subarray(from, newline))) return number;
    from = newline + 1;
  }
}
