import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** More than LMDB asks for; it uses what there is. */
const BYTES = 12_288;

/**
 * Makes the lock file of LMDB with blocks of its own. LMDB would make one of nothing but a size and write to it through memory,
 * which on a full disk does not fail but ends the process. An existing one is left alone: somebody may use it.
 *
 * @throws what the system says: ENOSPC, EROFS, …
 */
export function makeLockFile(dir: string): void {
  const path = join(dir, 'lock.mdb');
  if (existsSync(path)) return;
  // Whole or not at all, since another process may open the store at the same time.
  const made = `${path}.${process.pid}`;
  try {
    writeFileSync(made, Buffer.alloc(BYTES), { flush: true });
    linkSync(made, path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  } finally {
    rmSync(made, { force: true });
  }
}
