import { error } from '../errors/index.ts';
import type { StoreKey } from './store.ts';

/*
 * A key as bytes whose order is the order of keys:
 *
 *   number   1, then the 8 bytes of the double, big-endian, the sign turned over, all bits turned over if it was negative
 *   string   2, then UTF-8 in which 0 is written as 1 1 and 1 as 1 2, then 0
 *
 * UTF-8 sorts by code point, and the end of a string below all that may follow. A prefix of a key is a prefix of its bytes.
 */

const NUMBER = 1;
const STRING = 2;
/** What the store takes. */
const MAX_BYTES = 1900;

/** @throws MR_CHECKPOINT_KEY for a key that is too long, a number that is not finite, half a surrogate pair */
export function keyBytes(key: StoreKey): Buffer {
  const parts: Buffer[] = [];
  for (const part of key) parts.push(typeof part === 'number' ? numberBytes(part, key) : stringBytes(part, key));
  const bytes = Buffer.concat(parts);
  if (bytes.length > MAX_BYTES)
    throw error('MR_CHECKPOINT_KEY', { key, rule: `it takes more than ${MAX_BYTES} bytes` });
  return bytes;
}

/** The bytes of an entry's key: one that is not empty, as a prefix may be. @throws MR_CHECKPOINT_KEY */
export function entryKeyBytes(key: StoreKey): Buffer {
  if (key.length === 0) throw error('MR_CHECKPOINT_KEY', { key, rule: 'it has no parts' });
  return keyBytes(key);
}

/** The key that `keyBytes` has written; something like it of bytes that are damaged. */
export function keyOf(bytes: Uint8Array): StoreKey {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const key: (string | number)[] = [];
  let at = 0;
  while (at < view.length) {
    if (view[at] === NUMBER) {
      key.push(numberOf(view.subarray(at + 1, at + 9)));
      at += 9;
      continue;
    }
    const zero = view.indexOf(0, at + 1);
    const end = zero < 0 ? view.length : zero;
    key.push(unescaped(view.subarray(at + 1, end)).toString('utf8'));
    at = end + 1;
  }
  return key;
}

const END = Buffer.from([0]);

function unescaped(bytes: Buffer): Buffer {
  if (!bytes.includes(1)) return bytes;
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i] === 1 ? (bytes[++i] as number) - 1 : (bytes[i] as number));
  return Buffer.from(out);
}

function numberBytes(value: number, key: StoreKey): Buffer {
  if (!Number.isFinite(value)) throw error('MR_CHECKPOINT_KEY', { key, rule: `${value} is not a finite number` });
  const bytes = Buffer.alloc(9);
  bytes[0] = NUMBER;
  // Zero has one form only.
  bytes.writeDoubleBE(value === 0 ? 0 : value, 1);
  const flip = (bytes[1] as number) >= 128 ? 255 : 0;
  for (let i = 1; i < 9; i++) bytes[i] = (bytes[i] as number) ^ flip;
  if (flip === 0) bytes[1] = (bytes[1] as number) ^ 128;
  return bytes;
}

function numberOf(bytes: Buffer): number {
  const copy = Buffer.alloc(8);
  bytes.copy(copy);
  if ((copy[0] as number) >= 128) copy[0] = (copy[0] as number) ^ 128;
  else for (let i = 0; i < 8; i++) copy[i] = (copy[i] as number) ^ 255;
  return copy.readDoubleBE(0);
}

function stringBytes(value: string, key: StoreKey): Buffer {
  // UTF-8 has one form for all of them: different keys would be the same.
  if (!value.isWellFormed()) throw error('MR_CHECKPOINT_KEY', { key, rule: 'it has half a surrogate pair' });
  const text = Buffer.from(value, 'utf8');
  if (!text.includes(0) && !text.includes(1)) return Buffer.concat([Buffer.from([STRING]), text, END]);
  const bytes = [STRING];
  for (const byte of text) {
    if (byte <= 1) bytes.push(1, byte + 1);
    else bytes.push(byte);
  }
  bytes.push(0);
  return Buffer.from(bytes);
}
