import { isUtf8 } from 'node:buffer';
import { nestsDeeper, parseJson } from '../net/json.ts';

/** How a message becomes a record; see the options of `webSocketStream`. */
export type Decode<T> = 'text' | 'json' | ((message: string | Uint8Array) => T);

/**
 * What becomes of a message that cannot be decoded: `'fail'` ends its connection with MR_BAD_RECORD, `'drop'` throws it away and counts
 * it, a function does the same and is told of the error and of the message. If that function throws, it is as with `'fail'`.
 */
export type OnBadMessage = 'fail' | 'drop' | ((error: unknown, message: string | Uint8Array) => void);

/** Levels of arrays and objects in each other: records are walked recursively later, and a stack has an end. */
const MAX_DEPTH = 500;

/** A message as decoders get it: text as a string, anything else as bytes. */
export function contentOf(data: Buffer, isBinary: boolean): string | Uint8Array {
  return isBinary ? data : data.toString();
}

/** The records of a message. @throws what says that it cannot be decoded */
export function decodeMessage<T>(
  message: string | Uint8Array,
  decode: Decode<T> | { readonly many: (message: string | Uint8Array) => Iterable<T> },
): readonly T[] {
  if (decode === 'text') {
    if (typeof message !== 'string') throw new Error('it is binary, and not text');
    return [message as T];
  }
  if (decode === 'json') return [json(message) as T];
  if (typeof decode === 'function') return [decode(message)];
  return [...decode.many(message)];
}

function json(message: string | Uint8Array): unknown {
  const bytes = Buffer.from(message);
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8');
  const text = typeof message === 'string' ? message : bytes.toString();
  const value = parseJson(text, (reason, position) => new Error(`it is not JSON: ${reason} at position ${position}`));
  if (nestsDeeper(bytes, MAX_DEPTH)) throw new Error(`its JSON is nested more than ${MAX_DEPTH} levels deep`);
  return value;
}
