import { error } from '@millrace/core/connector';

/** Turns the bytes of a connection, in whatever encoding, into UTF-8. */
export interface Transcoder {
  push(chunk: Buffer): Buffer;
  /** What is left of a character that did not come whole. */
  end(): Buffer;
}

const UTF8: ReadonlySet<string> = new Set(['utf8', 'utf-8']);
/** Every byte is the character of that number, which the encoding standard of the web sees differently. */
const LATIN1: ReadonlySet<string> = new Set(['latin1', 'latin-1', 'iso-8859-1', 'iso8859-1', 'ascii', 'us-ascii']);

/**
 * Checks an encoding.
 *
 * @returns makes what transcodes one connection; null for UTF-8, which needs nothing
 * @throws MR_OPTION unless it is UTF-8, latin1, ascii or one that TextDecoder knows
 */
export function checkedEncoding(option: string, encoding: string): (() => Transcoder) | null {
  const name = String(encoding).toLowerCase();
  if (UTF8.has(name)) return null;
  if (LATIN1.has(name)) {
    const nothing = Buffer.alloc(0);
    return () => ({ push: (chunk) => Buffer.from(chunk.toString('latin1'), 'utf8'), end: () => nothing });
  }
  // Node's own name for it.
  const label = name === 'utf16le' || name === 'ucs2' || name === 'ucs-2' ? 'utf-16le' : name;
  try {
    new TextDecoder(label);
  } catch {
    const rule = "must be 'utf8', 'latin1', 'ascii', 'utf16le' or another name that TextDecoder knows";
    throw error('MR_OPTION', { option, value: encoding, rule });
  }
  return () => {
    const decoder = new TextDecoder(label);
    return {
      push: (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8'),
      end: () => Buffer.from(decoder.decode(), 'utf8'),
    };
  };
}
