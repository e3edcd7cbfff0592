import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { error, makeDirectories } from '@millrace/core/connector';
import { manifest } from './manifest.ts';

const TEMPLATE = fileURLToPath(new URL('../../template/', import.meta.url));

/** What a new project is called, and of which version of the packages it is made. */
export interface ProjectOptions {
  readonly name: string;
  readonly version: string;
}

/**
 * Writes the files of a small project.
 * @returns their names
 * @throws MR_OPTION for a directory that is not empty, or that is no directory
 */
export function writeProject(directory: string, options: ProjectOptions): readonly string[] {
  refuseUnlessEmpty(directory);
  const files = readdirSync(TEMPLATE).sort();
  try {
    makeDirectories(directory);
  } catch (cause) {
    throw refused(directory, `cannot be made: ${(cause as Error).message}`, cause);
  }
  const names = files.map((file) => {
    // npm leaves files of the name .gitignore out of packages.
    const name = file === 'gitignore' ? '.gitignore' : file;
    const text = readFileSync(join(TEMPLATE, file), 'utf8').replaceAll('PROJECT_NAME', options.name);
    writeFileSync(join(directory, name), text, { flag: 'wx' });
    return name;
  });
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(options), null, 2)}\n`, { flag: 'wx' });
  return [...names, 'package.json'];
}

function refuseUnlessEmpty(directory: string): void {
  let found: readonly string[];
  try {
    found = readdirSync(directory);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(directory) !== directory) return;
    throw refused(directory, `must be a directory that can be read (${code})`, cause);
  }
  if (found.length > 0) throw refused(directory, `must be empty, and has ${found[0]} in it`);
}

function refused(directory: string, rule: string, cause?: unknown): Error {
  return error('MR_OPTION', { option: 'The directory of a new project', value: directory, rule }, { cause });
}
