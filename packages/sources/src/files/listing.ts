import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { absent } from './directory-pattern.ts';
import type { FoundFile } from './selection.ts';

/** What stands for bytes that are not UTF-8. */
const REPLACED = '\ufffd';
/** Files that are looked at at the same time: more than the system works on at once is of no use. */
const AT_ONCE = 32;

/**
 * The files directly inside some directories, with size and time of change. Looks at each file, a few at a time; a file
 * that vanishes meanwhile is none.
 *
 * @param wanted false for paths that need no look. Called once for each name that is no directory
 * @param unreachable hears of names that are not UTF-8: no path leads to them
 * @throws errors of the system, but for what is not there any more
 */
export async function listFiles(
  directories: readonly string[],
  wanted: (path: string) => boolean,
  unreachable: (path: string) => void,
): Promise<FoundFile[]> {
  const paths: string[] = [];
  for (const directory of directories) {
    for (const entry of await entriesOf(directory)) {
      if (entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      if (wanted(path)) paths.push(path);
    }
  }
  const files: FoundFile[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    while (next < paths.length) {
      const path = paths[next++]!;
      const file = await lookAt(path);
      if (file !== null) files.push(file);
      else if (path.includes(REPLACED)) unreachable(path);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, look));
  return files;
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (e) {
    // It was there a moment ago.
    return absent(e) ? [] : Promise.reject(e);
  }
}

async function lookAt(path: string): Promise<FoundFile | null> {
  try {
    const stats = await stat(path);
    // Whole milliseconds, as batch times are: a file of the batch's own millisecond belongs to it.
    return stats.isFile() ? { path, size: stats.size, modTimeMs: Math.floor(stats.mtimeMs) } : null;
  } catch (e) {
    return absent(e) ? null : Promise.reject(e);
  }
}
