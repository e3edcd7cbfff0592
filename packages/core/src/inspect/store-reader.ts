import { crc32 } from 'node:zlib';
import { entryKeyBytes, keyBytes, keyOf } from '../checkpoint/key-bytes.ts';
import { decodeRecord } from '../checkpoint/layout.ts';
import { below } from '../checkpoint/lmdb-commit.ts';
import { isOfTheStore } from '../checkpoint/lmdb-keys.ts';
import type { LmdbSnapshot, LmdbValue, ReadBytes } from '../checkpoint/lmdb-snapshot.ts';
import type { StoreKey } from '../checkpoint/store.ts';

/** An entry of the store whose value is read bit by bit, or not at all. */
export interface LookedAt {
  readonly key: StoreKey;
  readonly bytes: number;
  readonly read: ReadBytes;
}

const CHUNK = 2 ** 20;
const CHECKSUM = 4;
/** Values up to this size are checked in any case: reading them is all that it takes. */
const ALWAYS_CHECKED = 2 ** 16;

/** Keys and values of a checkpoint's store, by a snapshot of its file. Never has more than a megabyte of a value in memory. */
export class StoreReader {
  readonly #snapshot: LmdbSnapshot;
  /** Whether all that is there was looked at. */
  readonly #verified: boolean;

  /**
   * @param verify whether all that is there is looked at first; else only small values are, when they are asked for
   * @throws LmdbMoved, LmdbDamaged
   */
  constructor(snapshot: LmdbSnapshot, verify: boolean) {
    this.#snapshot = snapshot;
    this.#verified = verify;
    if (!verify) return;
    for (const { key, value } of snapshot.all()) if (!isOfTheStore(key)) this.#check(key, value);
  }

  /** The entries whose keys begin with a prefix, in order. @throws LmdbMoved, LmdbDamaged */
  *entries(prefix: StoreKey): Generator<LookedAt> {
    const { start, end } = below(keyBytes(prefix));
    for (const { key, value } of this.#snapshot.entries(start, end)) yield this.#opened(key, value);
  }

  /** A record by its key. @throws LmdbMoved, LmdbDamaged, MR_DECODE */
  record<R>(key: StoreKey): R | undefined {
    const at = entryKeyBytes(key);
    const value = this.#snapshot.get(at);
    if (value === undefined) return undefined;
    return recordOf<R>(this.#opened(at, value));
  }

  #opened(at: Buffer, value: LmdbValue): LookedAt {
    const bytes = value.size - CHECKSUM;
    if (!this.#verified && bytes <= ALWAYS_CHECKED) this.#check(at, value);
    return { key: keyOf(at), bytes, read: (offset, length) => value.read(offset + CHECKSUM, length) };
  }

  #check(at: Buffer, value: LmdbValue): void {
    const bytes = value.size - CHECKSUM;
    if (bytes < 0) this.#snapshot.refuse('a value is too short');
    let checksum = crc32(at);
    for (let offset = 0; offset < bytes; offset += CHUNK)
      checksum = crc32(value.read(offset + CHECKSUM, CHUNK), checksum);
    if (value.read(0, CHECKSUM).readUInt32LE(0) !== checksum) this.#snapshot.refuse('the checksum of a value is wrong');
  }
}

/** The record that is an entry's value. @throws MR_DECODE */
export function recordOf<R>({ bytes, read }: LookedAt): R {
  return decodeRecord<R>(read(0, bytes));
}
