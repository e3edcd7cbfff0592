import { crc32 } from 'node:zlib';
import type { RootDatabase } from 'lmdb';
import { SystemClock } from '../schedule/clock.ts';

export type Database = RootDatabase<Buffer, Buffer>;

/** A change whose key and value are as they will be written. */
export interface ReadyChange {
  readonly key: Buffer;
  /** Null: to be deleted. */
  readonly value: Buffer | null;
  /** Whether all keys go that begin with this one. */
  readonly prefix: boolean;
}

/** Below all keys but those of the store itself. */
const FIRST = Buffer.from([1]);
/** Above all keys with a prefix: no part of a key begins with it. */
const ABOVE = Buffer.from([255]);

/** A store outlives the jobs that use it, and processes are real: not the clock of a job. */
export const clock = new SystemClock();

/** Why a commit failed: LMDB for Node says it by a promise beside the error, which may come late or not at all. */
export async function reasonOf(e: unknown): Promise<unknown> {
  const { commitError } = e as { readonly commitError?: Promise<never> };
  if (commitError === undefined) return e;
  let reason: unknown;
  commitError.catch((why: unknown) => {
    reason = why;
  });
  for (let turn = 0; turn < 10 && reason === undefined; turn++) await clock.breathe();
  return reason ?? e;
}

/** Makes the changes of a transaction, within one of LMDB. */
export function apply(db: Database, changes: readonly ReadyChange[]): void {
  for (const { key, value, prefix } of changes) {
    if (value !== null) db.put(key, value);
    else if (!prefix) db.remove(key);
    else for (const each of [...db.getKeys(below(key))]) db.remove(each);
  }
}

/** Where the keys are that begin with a prefix; with an empty one all but those of the store itself. */
export function below(prefix: Buffer): { readonly start: Buffer; readonly end: Buffer } {
  return { start: prefix.length === 0 ? FIRST : prefix, end: Buffer.concat([prefix, ABOVE]) };
}

/** A value with its checksum and that of its key before it. A copy: what the caller has may be changed or shared. */
export function sealed(value: Uint8Array, key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(value.length + 4);
  bytes.set(value, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4), crc32(key)), 0);
  return bytes;
}
