import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The version of this package. */
export const HARNESS_VERSION = versionIn(new URL('../../package.json', import.meta.url));
/** The version of the engine that runs the jobs. */
export const ENGINE_VERSION = versionIn(createRequire(import.meta.url).resolve('@millrace/core/package.json'));

function versionIn(path: string | URL): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}
