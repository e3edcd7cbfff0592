import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, type ProcessId } from './process-id.ts';
import type { Facts } from './service.ts';

/** A service that was started, and not stopped since. */
export interface Running extends ProcessId {
  readonly facts: Facts;
}

/** Where services of this clone of the repository keep what they need: outside of it, and apart from other clones. */
export function scratchFolder(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const clone = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return process.env['MILLRACE_SERVICES'] ?? join(tmpdir(), `millrace-services-${clone}`);
}

/** The folder of one service. */
export const folderOf = (name: string, scratch = scratchFolder()) => join(scratch, name);

/** What runs under a name; null when nothing does, also when it has ended by itself. */
export function runningService(name: string, scratch = scratchFolder()): Running | null {
  const path = stateFile(name, scratch);
  if (!existsSync(path)) return null;
  const running = JSON.parse(readFileSync(path, 'utf8')) as Running;
  return isAlive(running) ? running : null;
}

export function remember(name: string, running: Running, scratch: string): void {
  const path = stateFile(name, scratch);
  mkdirSync(folderOf(name, scratch), { recursive: true });
  // Who reads it sees all of it or nothing.
  writeFileSync(`${path}.new`, JSON.stringify(running));
  renameSync(`${path}.new`, path);
}

export function forget(name: string, scratch: string): void {
  rmSync(folderOf(name, scratch), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

const stateFile = (name: string, scratch: string) => join(folderOf(name, scratch), 'running.json');
