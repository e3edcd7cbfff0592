import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  /** When it took it, ISO 8601. */
  readonly since: string;
  /** When its process began, as the system counts it: another process may have its number later. Null where that is not told. */
  readonly began: string | null;
}

/** A file that one run has to itself until it lets go or its process is gone. */
export class RunLock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /**
   * Takes the lock on a path, also where the process that has it is gone.
   *
   * @throws Error saying who has it, or what the system says of the path
   */
  static take(path: string): RunLock {
    const mine: Holder = { pid: process.pid, since: new Date().toISOString(), began: beginOf(process.pid) };
    const text = `${JSON.stringify(mine)}\n`;
    for (;;) {
      if (isMade(path, text)) return new RunLock(path, text);
      const theirs = read(path);
      // It was let go of just now.
      if (theirs === null) continue;
      const holder = holderIn(path, theirs);
      if (isThere(holder))
        throw new Error(
          `another run has it since ${holder.since} (process ${holder.pid}): wait for its end, or give this one a name of its own by --out`,
        );
      putAside(path, theirs);
    }
  }

  /** Lets go of it. One that cannot be looked at any more is left to whoever finds that its process is gone. */
  release(): void {
    try {
      if (read(this.#path) === this.#text) rmSync(this.#path, { force: true });
    } catch {
      // A run that has ended well does not fail for that.
    }
  }
}

/** Writes the file, unless there is one. */
function isMade(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  }
}

/** Removes a lock whose process is gone; not one that somebody has taken since it was read. */
function putAside(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw e;
  }
  if (read(aside) === text) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
}

function holderIn(path: string, text: string): Holder {
  try {
    const holder = JSON.parse(text) as Holder;
    if (Number.isInteger(holder.pid)) return holder;
  } catch {
    // Said below.
  }
  throw new Error(`${path} is no lock of a run: remove it if none is under way`);
}

/** Whether the process of a lock still runs. */
function isThere({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (e) {
    // One of another user is there too.
    if ((e as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = beginOf(pid);
  return began === null || now === null || began === now;
}

/** When a process began, in the ticks of Linux; null elsewhere. */
function beginOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the program's name, which may hold anything: the 22nd of all fields.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
