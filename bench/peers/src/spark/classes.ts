import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillOnce, jarFolder } from '../../../../tools/services/cache.ts';

/** The programs that run on Spark. */
export const SOURCES = fileURLToPath(new URL('../../spark/', import.meta.url));
/** Classes lie in folders that are named so, and by a hash of what they were made of. */
const NAME = 'spark-classes';
/** Of the hash. */
const DIGITS = 16;
/** What was not used for so long is taken away when others are made. Other clones may be running what they have used since. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Compiles the Java programs of `bench/peers/spark` unless that was done before, for the same sources and jars.
 * @param jars the folder with Spark's jars
 * @returns the folder of the classes, in the cache of the services
 * @throws Error with what the compiler said
 */
export function sparkClasses(jars: string): string {
  const names = readdirSync(SOURCES)
    .filter((name) => name.endsWith('.java'))
    .sort();
  const hash = createHash('sha256').update(jars);
  for (const name of names) hash.update(`\0${name}\0`).update(readFileSync(join(SOURCES, name)));
  const folder = jarFolder(NAME, hash.digest('hex').slice(0, DIGITS));
  fillOnce(folder, (fresh) => {
    const files = names.map((name) => join(SOURCES, name));
    // Spark's classes name annotations and modules that no program needs to run.
    const args = ['-nowarn', '-proc:none', '-Xlint:none', '-d', fresh, '-cp', join(jars, '*'), ...files];
    const { status, stderr, error } = spawnSync('javac', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`javac could not compile ${SOURCES}: ${stderr?.trim() || error?.message}`);
    forgetOthers(dirname(folder));
    return fresh;
  });
  const now = new Date();
  utimesSync(folder, now, now);
  return folder;
}

/** Takes away classes of other sources that nobody has used lately. */
function forgetOthers(cache: string): void {
  for (const name of readdirSync(cache)) {
    if (!name.startsWith(`${NAME}-`)) continue;
    const path = join(cache, name);
    const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - used > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
