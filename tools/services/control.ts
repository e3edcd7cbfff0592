import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessId, processId } from './process-id.ts';
import { folderOf, forget, type Running, remember, runningService, scratchFolder } from './running.ts';
import type { Service } from './service.ts';

const POLL_MS = 50;
const READY_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Installs a service where it is missing, and starts it unless it runs.
 * @returns what its users must know; null for a program that tests start themselves
 * @throws Error that says in one line why it cannot be had
 */
export async function start(service: Service, scratch = scratchFolder()): Promise<Running | null> {
  const { name, server } = service;
  if (service.program() === null) service.install();
  const program = service.program();
  if (program === null) throw new Error(`${name} was installed and is still not found`);
  if (server === undefined) return null;
  const before = runningService(name, scratch);
  if (before !== null) return before;
  forget(name, scratch);
  const folder = folderOf(name, scratch);
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'log');
  const output = openSync(log, 'a');
  const { program: first = program, args, env } = server.command(program, folder);
  // Of a process group of its own: it outlives this program, and whatever it starts ends with it.
  const child = spawn(first, args, {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: folder,
    env: { ...process.env, ...env },
  });
  closeSync(output);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  if (child.pid === undefined) return failed;
  child.unref();
  const id = processId(child.pid);
  for (let waited = 0; ; waited += POLL_MS) {
    const facts = await server.ready(folder).catch(() => null);
    if (facts !== null) {
      const running = { ...id, facts };
      remember(name, running, scratch);
      return running;
    }
    const alive = isAlive(id);
    if (alive && waited < READY_MS) {
      await delay(POLL_MS);
      continue;
    }
    if (alive) await end(id, 'SIGKILL');
    const last = readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' | ');
    throw new Error(`${name} ${alive ? `was not ready after ${READY_MS / 1000} s` : 'ended at once'}: ${last}`);
  }
}

/**
 * Ends what was started, by its process id.
 * @param patienceMs how long it may take before it is killed
 * @returns whether something ran
 */
export async function stop(
  { name, server }: Service,
  scratch = scratchFolder(),
  patienceMs = STOP_MS,
): Promise<boolean> {
  const running = runningService(name, scratch);
  if (running !== null) await end(running, server?.stopSignal ?? 'SIGTERM', patienceMs);
  forget(name, scratch);
  return running !== null;
}

async function end(id: ProcessId, signal: NodeJS.Signals, patienceMs = STOP_MS): Promise<void> {
  for (const how of [signal, 'SIGKILL'] as const) {
    if (!isAlive(id)) return;
    process.kill(-id.pid, how);
    for (let waited = 0; waited < patienceMs && isAlive(id); waited += POLL_MS) await delay(POLL_MS);
  }
}
