import { crc32 } from 'node:zlib';
import { error } from '../errors/index.ts';
import { keyOf } from './key-bytes.ts';
import type { Database } from './lmdb-commit.ts';
import { isOfTheStore } from './lmdb-keys.ts';

/*
 * That a key is not there says nothing by itself: a bit of it may have turned over, and then it is there under another name, with
 * a checksum that would show it, if only somebody looked. Keys of a store that was opened are in order, so a key that has changed
 * still lies where it was: between the keys that were its neighbours. So the entries on both sides of what was not found are
 * looked at. If their checksums fit, they are what was written, and nothing was between them.
 *
 * An entry that is put between them parts a damaged key from where it should be. So whoever puts one has to have asked for it, or
 * have looked through what lies there: see `checkpoint/look-through.ts`.
 */

/** So many large entries are known to be sound: what lies beside a range is as a rule what the next one begins with. */
const REMEMBERED = 4;
const LARGE = 2 ** 16;

/** The checksums of a store's entries, each over key and value; from when it is opened until it is closed. */
export class Seals {
  readonly #where: string;
  /** Keys of the large ones that were looked at last. */
  #sound: Buffer[] = [];

  constructor(where: string) {
    this.#where = where;
  }

  /** The value of an entry. @throws MR_CHECKPOINT_CORRUPT */
  unsealed(bytes: Buffer, key: Buffer): Uint8Array {
    const value = new Uint8Array(bytes.buffer, bytes.byteOffset + 4, Math.max(0, bytes.length - 4));
    if (this.#isKnown(key)) return value;
    if (bytes.length < 4 || bytes.readUInt32LE(0) !== crc32(value, crc32(key)))
      throw error('MR_CHECKPOINT_CORRUPT', {
        where: this.#where,
        what: `the checksum of ${JSON.stringify(keyOf(key))} is wrong: its value is not what was written, or its key is not`,
      });
    if (bytes.length >= LARGE) this.#sound = [...this.#sound.slice(1 - REMEMBERED), key];
    return value;
  }

  /** Looks at the entry that comes before a key, or at the one behind it. @throws MR_CHECKPOINT_CORRUPT */
  lookBeside(db: Database, at: Buffer, side: 'before' | 'behind'): void {
    for (const key of db.getKeys({ start: at, exclusiveStart: true, reverse: side === 'before', limit: 1 })) {
      if (isOfTheStore(key) || this.#isKnown(key)) continue;
      const bytes = db.getBinary(key);
      if (bytes !== undefined) this.unsealed(bytes, key);
    }
  }

  #isKnown(key: Buffer): boolean {
    return this.#sound.some((known) => known.equals(key));
  }
}
