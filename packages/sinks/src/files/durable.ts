import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Systems that cannot sync a directory say one of these; their file systems keep names safe by other means. */
const NO_SYNC = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'];

/** Makes the names in a directory survive a crash of the machine. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using handle = await open(path);
    await handle.sync();
  } catch (e) {
    if (!NO_SYNC.includes((e as NodeJS.ErrnoException).code ?? '')) throw e;
  }
}

/** Gives a file that is complete and synced its name, replacing what had it. */
export async function publish(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Removes a file if there is one. */
export async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}
