import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Containers often have 64 MB there, which does not do. */
const LEAST_BYTES = 2 ** 31;
/** Signals that end a process at once, with nothing tidied up, unless it listens. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** All of this process that are there. */
const open = new Set<Scratch>();

/**
 * A folder of its own, in memory where the system has room for that: neither side of a comparison waits for a disk. It is gone at the
 * latest when this process ends, unless that is killed.
 */
export class Scratch implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : tmpdir(), 'millrace-spark-'));
    if (open.size === 0) {
      process.on('exit', disposeAll);
      for (const signal of ENDING) process.on(signal, end);
    }
    open.add(this);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    if (!open.delete(this) || open.size > 0) return;
    process.off('exit', disposeAll);
    for (const signal of ENDING) process.off(signal, end);
  }
}

function disposeAll(): void {
  for (const scratch of open) {
    try {
      scratch[Symbol.dispose]();
    } catch {
      // A program on Spark still writes there. It takes away what is left as soon as its input ends.
    }
  }
}

/** Where others listen to the signal, too, it is theirs to end the process. */
function end(signal: (typeof ENDING)[number]): void {
  if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
}

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= LEAST_BYTES;
  } catch {
    return false;
  }
}
