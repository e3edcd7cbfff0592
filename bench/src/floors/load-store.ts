import { decodeDelta } from '@millrace/core/backend';
import { open } from 'lmdb';

/** A value's checksum before it. */
const CHECKSUM = 4;

/** Reads all keyed state of a checkpoint's store into one Map: what any program that has its state there has to do. */
export async function loadStore(dir: string): Promise<Map<unknown, unknown>> {
  const db = open({ path: dir, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', readOnly: true });
  const map = new Map<unknown, unknown>();
  // A key begins with the kind of its first part, here a string.
  const prefix = Buffer.from('\u0002state\0');
  const end = Buffer.concat([prefix, Buffer.from([255])]);
  for (const { value } of db.getRange({ start: prefix, end })) {
    const { removed, updated, inserted } = decodeDelta((value as Buffer).subarray(CHECKSUM));
    for (const key of removed) map.delete(key);
    for (const { keys, values } of [updated, inserted])
      for (let i = 0; i < keys.length; i++) map.set(keys[i], values[i]);
  }
  await db.close();
  return map;
}
