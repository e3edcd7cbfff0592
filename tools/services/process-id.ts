import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, and no other that gets its number later. */
export interface ProcessId {
  readonly pid: number;
  /** When it began, as the system says it. */
  readonly born: string;
}

/** @throws Error if there is no such process */
export function processId(pid: number): ProcessId {
  const born = birthOf(pid);
  if (born === null) throw new Error(`there is no process ${pid}`);
  return { pid, born };
}

export function isAlive({ pid, born }: ProcessId): boolean {
  return birthOf(pid) === born;
}

/** Null for a process that is not there, or that has ended and waits for its parent to notice. */
function birthOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      // The name of the program, in parentheses, may contain anything; then come the state and, as the 20th, the start.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
