import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those that it is in. Node's own way to do it (`recursive`) never ends where a directory that is there
 * says that it is not, as those of /proc do.
 *
 * @returns the first directory that was made; undefined if all were there
 * @throws what the system says: EACCES, ENOTDIR, ENOENT, …
 */
export function makeDirectories(path: string): string | undefined {
  const missing: string[] = [];
  let first: string | undefined;
  for (let at = resolve(path); ; at = dirname(at)) {
    if (existsSync(at)) break;
    missing.push(at);
    if (dirname(at) === at) break;
  }
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each);
      first ??= each;
    } catch (e) {
      // Somebody else was quicker.
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
    }
  }
  // What is there and is no directory says so now, and not with the first file.
  if (missing.length === 0) mkdirSync(path, { recursive: true });
  return first;
}
