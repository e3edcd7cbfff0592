import { canonicalText } from './canonical.ts';

/** Written into checkpoints and segment files; a change of any hash value means a new version and a migration. */
export const HASH_VERSION = 1;

const SEED_STRING = 0x5bd1e995;
const SEED_NUMBER = 0x1b873593;
const SEED_BIGINT = 0x38b34ae5;
const SEED_OBJECT = 0x2f0b4c47;
const SEED_AGAIN = 0x3c6ef372;
const HASH_NULL = 0x7a3c59e1;
const HASH_TRUE = 0x4d2f18b7;
const HASH_FALSE = 0x91e6a0cd;
const HASH_NAN = 0x6b79d3f5;
const HASH_UNDEFINED = 0x2545f491;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
// The words of a double are swapped on big-endian machines; the hash must not be.
float[0] = 1;
const LOW = words[0] === 0 ? 0 : 1;
const HIGH = 1 - LOW;

/**
 * The hash that decides which partition a key belongs to: an unsigned 32-bit integer, equal for keys that are equal by
 * value (see `lookupKey`), the same in every thread, on every machine and in every version of Millrace. The low bits are
 * mixed well, so `hashKey(k) % n` is even for small n. MurmurHash3 (x86, 32 bit) over UTF-16 code units, two at a time;
 * not for use against adversaries.
 * @throws MR_KEY_IDENTITY as `lookupKey`, except that undefined has a hash (nobody groups by it)
 */
export function hashKey(k: unknown): number {
  if (typeof k === 'string') return hashString(k, SEED_STRING);
  if (typeof k === 'number') return hashNumber(k, SEED_NUMBER);
  return hashOther(k);
}

/** A second hash, independent of `hashKey` and as stable; for sketches that need more than 32 bits. */
export function hashKeyAgain(k: unknown): number {
  if (typeof k === 'string') return hashString(k, SEED_AGAIN);
  if (typeof k === 'number') return hashNumber(k, SEED_AGAIN);
  return hashString(canonicalText(k), SEED_AGAIN);
}

/** Murmur3 of the code units of `s`. */
export function hashString(s: string, seed: number): number {
  const length = s.length;
  let h = seed | 0;
  let i = 0;
  for (; i + 1 < length; i += 2) h = mixIn(h, s.charCodeAt(i) | (s.charCodeAt(i + 1) << 16));
  if (i < length) h ^= scramble(s.charCodeAt(i));
  return finish(h ^ (length << 1));
}

function hashNumber(n: number, seed: number): number {
  // Catches -0 too: (-0 | 0) is 0 and 0 === -0.
  if ((n | 0) === n) return finish(mixIn(seed, n | 0) ^ 4);
  if (Number.isNaN(n)) return HASH_NAN;
  float[0] = n;
  return finish(mixIn(mixIn(seed, words[LOW]!), words[HIGH]!) ^ 8);
}

function hashOther(k: unknown): number {
  if (k === null) return HASH_NULL;
  if (k === true) return HASH_TRUE;
  if (k === false) return HASH_FALSE;
  if (k === undefined) return HASH_UNDEFINED;
  if (typeof k === 'bigint') return hashString(k.toString(), SEED_BIGINT);
  return hashString(canonicalText(k), SEED_OBJECT);
}

function scramble(k: number): number {
  k = Math.imul(k, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  return Math.imul(k, 0x1b873593);
}

function mixIn(h: number, k: number): number {
  h ^= scramble(k);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
