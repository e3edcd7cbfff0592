import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apt, find } from './install.ts';
import { freePorts } from './ports.ts';
import type { Command, Service } from './service.ts';

/** A PostgreSQL server on 127.0.0.1, with a database and a superuser named `postgres`, who needs no password. */
export const postgres: Service = {
  name: 'postgres',
  purpose: 'a PostgreSQL server for sinks',
  program: () => find('postgres') ?? debians(),
  install: () => apt('postgresql'),
  server: {
    command: (program, folder) => postgresCommand(program, folder, freePorts(1)[0] as number),
    async ready(folder) {
      // The server writes it itself: its process, its port in the fourth line, its state in the eighth.
      const lines = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
      if (lines[7]?.trim() !== 'ready') return null;
      return { host: '127.0.0.1', port: Number(lines[3]), user: 'postgres', database: 'postgres' };
    },
    // SIGTERM would wait until all clients have gone.
    stopSignal: 'SIGINT',
  },
};

/** How to run a server with its data in a folder, which are made if they are not there. */
export function postgresCommand(program: string, folder: string, port: number): Command & { readonly program: string } {
  const data = join(folder, 'data');
  const user = otherUser();
  mkdirSync(data, { recursive: true });
  if (user !== null) {
    // The server's user has to get through to its folder.
    for (const path of [folder, dirname(folder)]) {
      const { mode } = statSync(path);
      if ((mode & 0o011) !== 0o011) chmodSync(path, mode | 0o011);
    }
    chownSync(data, user.uid, user.gid);
  }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const initdb = [join(dirname(program), 'initdb'), '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8'];
    const [first, ...rest] = asUser(user, [...initdb, '--locale=C', '-N']);
    const { status, stderr } = spawnSync(first, rest, { encoding: 'utf8', cwd: '/' });
    if (status !== 0) throw new Error(`initdb failed: ${stderr.trim().split('\n').at(-1)}`);
  }
  const serve = [program, '-D', data, '-p', String(port), '-k', data, '-c', 'listen_addresses=127.0.0.1'];
  const [first, ...args] = asUser(user, serve);
  return { program: first, args };
}

/** Debian keeps the programs of its versions apart, outside of PATH: the newest. */
function debians(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin', 'postgres')).find((path) => existsSync(path)) ?? null;
}

/** The server refuses to run as root: whom it runs as instead. The package makes this user. */
function otherUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (option: string) => Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** It takes the process over, so that the process that was started is the server. */
function asUser(user: ReturnType<typeof otherUser>, command: readonly string[]): [string, ...string[]] {
  if (user === null) return command as [string, ...string[]];
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...command];
}
