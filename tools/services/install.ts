import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of the first of these programs that PATH has. */
export function find(...names: string[]): string | null {
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return null;
}

/**
 * Installs a package of Debian or Ubuntu: of several, the first that there is.
 * @throws Error that says what to install, where that cannot be done from here
 */
export function apt(...packages: string[]): void {
  const byHand = `install it yourself (Debian's package is ${packages[0]})`;
  if (find('apt-get') === null) throw new Error(`there is no apt-get here: ${byHand}`);
  if (process.getuid?.() !== 0) throw new Error(`apt-get needs root: ${byHand}`);
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  // Lists that are there may be old, or there may be none.
  run('apt-get', 'update');
  const wanted = packages.find((name) => /Candidate: (?!\(none\))\S/.test(run('apt-cache', 'policy', name).stdout));
  if (wanted === undefined) throw new Error(`apt-get knows none of ${packages.join(', ')}: ${byHand}`);
  const { status, stderr } = run('apt-get', 'install', '--yes', '--no-install-recommends', wanted);
  if (status !== 0) throw new Error(`apt-get could not install ${wanted}: ${stderr.trim().split('\n').at(-1)}`);
}
