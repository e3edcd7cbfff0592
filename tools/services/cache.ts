import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the jars of a Java program lie on this machine: they are the same for all clones, and stay. */
export function jarFolder(name: string, version: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'millrace', `${name}-${version}`);
}

/**
 * Makes a folder unless it is there. Whoever looks at it sees all that belongs into it or nothing.
 * @param fill puts the content into an empty folder beside it, and says which folder of it is the content
 */
export function fillOnce(folder: string, fill: (fresh: string) => string): void {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    const content = fill(fresh);
    try {
      renameSync(content, folder);
    } catch (e) {
      // Somebody else was faster.
      if (!existsSync(folder)) throw e;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
