import { readFileSync } from 'node:fs';

/** The process that owns a store. */
export interface Owner {
  readonly pid: number;
  /** When it began, in ticks since the machine did; null where that cannot be told. */
  readonly began: string | null;
  /** Which start of the machine it was. */
  readonly boot: string | null;
  /** When it opened the store, as people read it. */
  readonly since: string;
}

/** States of a process that is a name only. */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

/** This process. @param nowMs the time, in ms since the epoch */
export function thisOwner(nowMs: number): Owner {
  const { pid } = process;
  return { pid, began: beginOf(pid), boot: bootId(), since: new Date(nowMs).toISOString() };
}

/** An owner that was written down as JSON; null if it is none. */
export function readOwner(json: string): Owner | null {
  try {
    const owner = JSON.parse(json) as Partial<Owner> | null;
    return Number.isSafeInteger(owner?.pid) && typeof owner?.since === 'string' ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

/** Whether a process is alive: the same one, not another that got its number. */
export function isAlive({ pid, began, boot }: Owner): boolean {
  if (boot !== null && bootId() !== null && boot !== bootId()) return false;
  try {
    process.kill(pid, 0);
  } catch (e) {
    // It is there, and somebody else's.
    if ((e as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = beginOf(pid);
  return began === null || now === null || began === now;
}

/**
 * Whether another process is alive for certain, where its lock is free nevertheless: it may have lost that by opening and closing
 * the lock's file once more (a copy of the directory that it makes itself), as file locks of POSIX do.
 */
export function isAliveElsewhere(owner: Owner): boolean {
  const { pid, began, boot } = owner;
  // A number alone may have been given to another process.
  if (began === null || boot === null) return false;
  const isThis = pid === process.pid && began === beginOf(pid);
  return !isThis && isAlive(owner) && beginOf(pid) === began;
}

function beginOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may have spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended stays in the list until its parent has asked for its exit code.
    return ENDED.has(fields[0] ?? '') ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
