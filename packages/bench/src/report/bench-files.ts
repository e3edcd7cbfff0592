import { createHash, type Hash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, relative, resolve, sep } from 'node:path';

/** More files than this belong to no bench: what names so many is not followed further. */
const MOST_FILES = 2000;
/** Of a file that is larger, such as a log that lines come from, size and time stand for what is in it. */
const MOST_BYTES = 2 ** 26;
/** Files that may name others. */
const CODE = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.tsx', '.jsx']);
/** A relative path in quotes: of an import, of `new URL('./a.job.ts', import.meta.url)`, of a file with lines. */
const NAMED = /(["'`])(\.{1,2}\/[^"'`\n]+)\1/g;

/** The files that a bench is made of. */
export interface BenchFiles {
  /** Their paths, sorted. */
  readonly paths: readonly string[];
  /** False where there are more than are looked at. */
  readonly areAll: boolean;
}

/**
 * Finds the files that belong to a bench: its own, the job modules, and what these name by a relative path in quotes, and so on. What comes
 * from packages does not, nor does a path that the code puts together.
 *
 * @param first paths of the bench file and of the job modules
 */
export function benchFiles(first: readonly string[]): BenchFiles {
  const found = new Set<string>();
  const open = first.flatMap((path) => existing(path) ?? []);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    if (found.size === MOST_FILES) return { paths: [...found].sort(), areAll: false };
    found.add(path);
    if (CODE.has(extname(path))) open.push(...namedIn(path));
  }
  return { paths: [...found].sort(), areAll: true };
}

function namedIn(path: string): string[] {
  const named = readFileSync(path, 'utf8').matchAll(NAMED);
  return [...named].flatMap(([, , name]) => existing(resolve(dirname(path), name as string)) ?? []);
}

/** The file of a path, also where loaders would add its ending. */
function existing(path: string): string | null {
  for (const each of [path, `${path}.ts`, `${path}.js`, path.replace(/\.([cm]?)js$/, '.$1ts')]) {
    if (statSync(each, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const real = realpathSync(each);
    return real.includes(`${sep}node_modules${sep}`) ? null : real;
  }
  return null;
}

/** Adds files to a hash: their places and what is in them. @param directory their paths count from there, so that a copy elsewhere has the same hash */
export function hashFiles(hash: Hash, directory: string, paths: readonly string[]): void {
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    const content =
      size > MOST_BYTES ? `${size} ${mtimeMs}` : createHash('sha256').update(readFileSync(path)).digest('hex');
    hash.update(`${relative(directory, path)}\n${content}\n`);
  }
}
