import { isAscii } from 'node:buffer';
import { error } from '../errors/catalog.ts';
import { describe } from '../errors/entry.ts';
import { type EncodeOptions, newBytes, viewBuffer } from './bytes.ts';

/**
 * Raw text to one string a line; see `linesBlock` for the rules. Invalid UTF-8 becomes U+FFFD. The hot path of every
 * source of text: no function is called per line unless the text has '\r'. The lines share the memory of the text; a key
 * that is kept goes through `ownedKey`.
 */
export function decodeLines(bytes: Uint8Array): string[] {
  const length = bytes.length;
  if (length === 0) return [];
  const end = bytes[length - 1] === 10 ? length - 1 : length;
  const buffer = viewBuffer(bytes, 0, end);
  // The test costs a hundredth of decoding. Latin-1 decoding of ASCII is a copy, and safe on shared memory.
  const text = isAscii(buffer) ? buffer.latin1Slice(0, end) : buffer.utf8Slice(0, end);
  const lines = text.split('\n');
  if (text.includes('\r'))
    for (let i = 0; i < lines.length; i++) if (lines[i]!.endsWith('\r')) lines[i] = lines[i]!.slice(0, -1);
  return lines;
}

/**
 * The inverse of `decodeLines`: each record and a newline.
 * @throws MR_NOT_ENCODABLE for a record that is no string, contains '\n' or ends with '\r'
 */
export function encodeLines(records: readonly unknown[], where: string, options: EncodeOptions = {}): Uint8Array {
  for (let i = 0; i < records.length; i++) {
    const line = records[i];
    if (typeof line === 'string' && !line.includes('\n') && !line.endsWith('\r')) continue;
    const what = typeof line === 'string' ? 'a string with a line break' : `${describe(line)}, and not a line of text`;
    throw error('MR_NOT_ENCODABLE', { operator: where, path: '$', what }, { details: { index: i } });
  }
  if (records.length === 0) return newBytes(0, options.shared);
  const text = `${records.join('\n')}\n`;
  const bytes = newBytes(Buffer.byteLength(text), options.shared);
  viewBuffer(bytes).utf8Write(text, 0, bytes.length);
  return bytes;
}
