import { spawnSync } from 'node:child_process';
import { apt, find } from './install.ts';
import type { Service } from './service.ts';

/** `nc` that keeps listening (`-k`): OpenBSD's, or the one of nmap. Tests type into it, kill it and start it again themselves. */
export const netcat: Service = {
  name: 'netcat',
  purpose: 'nc -lk, a sender of lines that a person types',
  program() {
    for (const name of ['nc.openbsd', 'nc', 'ncat']) {
      const path = find(name);
      if (path !== null && keepsListening(path)) return path;
    }
    return null;
  },
  install: () => apt('netcat-openbsd'),
};

/** The traditional nc ends with its first connection. */
function keepsListening(path: string): boolean {
  const { stdout, stderr } = spawnSync(path, ['-h'], { encoding: 'utf8' });
  return /OpenBSD|Ncat/.test(stdout + stderr);
}
