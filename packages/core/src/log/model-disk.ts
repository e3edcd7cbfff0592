import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LogFile, LogFiles } from './log-files.ts';

/** What a disk writes whole or not at all: small, so that a group of short records has many. */
const PAGE = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

interface ModelFile {
  /** What a sync has covered. */
  durable: Buffer;
  pending: Change[];
  /** Whether its name survives; undefined: nobody knows. */
  named: boolean | undefined;
}

/** A file that is only ever replaced as a whole. */
interface ReplacedFile {
  /** What survives; null: none. */
  durable: Buffer | null;
  shown: Buffer;
}

/**
 * For tests: a directory whose files are what the system shows a process, and beside them what the disk has. Operations can fail
 * or be the last of the process; a loss of power keeps what was synced and any of the pages that were not. After a sync that
 * failed, what it should have covered is never written, as with the page cache of Linux.
 */
export class ModelDisk implements LogFiles {
  readonly dir: string;
  readonly #random: () => number;
  readonly #files = new Map<string, ModelFile>();
  readonly #replaced = new Map<string, ReplacedFile>();
  /** The process dies in so many operations. */
  diesIn = Number.POSITIVE_INFINITY;
  /** How many operations of one fail. */
  failing = 0;

  constructor(dir: string, random: () => number) {
    this.dir = dir;
    this.#random = random;
  }

  async create(_dir: string, path: string, header: Uint8Array): Promise<LogFile> {
    this.#step();
    if (existsSync(path)) throw new Error(`EEXIST: ${path}`);
    writeFileSync(path, '');
    const file: ModelFile = { durable: Buffer.alloc(0), pending: [], named: undefined };
    this.#files.set(path, file);
    this.#write(path, file, [header], 0);
    this.#sync(file);
    this.#syncNames();
    return {
      write: async (buffers, position) => this.#write(path, file, buffers, position),
      sync: async () => this.#sync(file),
      truncate: async (length) => {
        this.#step();
        truncateFile(path, length);
        file.pending.push({ length });
      },
      close: async () => {},
    };
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    this.#step();
    const durable = this.#replaced.get(path)?.durable ?? null;
    this.#replaced.set(path, { durable, shown: Buffer.from(bytes) });
    writeFileSync(path, bytes);
    this.#syncNames();
  }

  async remove(path: string): Promise<void> {
    this.#step();
    rmSync(path, { force: true });
    const file = this.#files.get(path);
    if (file !== undefined) file.named = undefined;
    this.#syncNames();
  }

  rewrite(path: string, from: number): void {
    const file = this.#files.get(path) as ModelFile;
    this.#write(path, file, [readFileSync(path).subarray(from)], from);
    this.#sync(file);
  }

  /** Its processes are one after the other. */
  lock(): { release(): void } {
    return { release: () => {} };
  }

  /** The machine is off and on again. */
  losePower(): void {
    for (const [path, file] of this.#files) {
      const keeps = [0, 0.5, 1][Math.floor(this.#random() * 3)] as number;
      file.durable = this.#apply(file, () => this.#random() < keeps);
      file.pending = [];
      file.named ??= this.#random() < 0.5;
      if (!file.named) this.#files.delete(path);
    }
    for (const name of readdirSync(this.dir)) rmSync(join(this.dir, name));
    for (const [path, { durable }] of this.#files) writeFileSync(path, durable);
    for (const [path, file] of this.#replaced) {
      if (this.#random() < 0.5) file.durable = file.shown;
      if (file.durable === null) this.#replaced.delete(path);
      else writeFileSync(path, file.durable);
    }
  }

  #syncNames(): void {
    this.#step();
    for (const [path, file] of this.#files) {
      if (existsSync(path)) file.named = true;
      else this.#files.delete(path);
    }
    for (const file of this.#replaced.values()) file.durable = file.shown;
  }

  #write(path: string, file: ModelFile, buffers: readonly Uint8Array[], at: number): void {
    const bytes = Buffer.concat(buffers as Uint8Array[]);
    const put = (part: Buffer) => {
      const fd = openSync(path, 'r+');
      if (part.length > 0) writeSync(fd, part, 0, part.length, at);
      closeSync(fd);
      file.pending.push({ at, bytes: part });
    };
    try {
      this.#step();
    } catch (e) {
      put(bytes.subarray(0, Math.floor(this.#random() * (bytes.length + 1))));
      throw e;
    }
    put(bytes);
  }

  #sync(file: ModelFile): void {
    try {
      this.#step();
    } catch (e) {
      // Some of it may be on disk; the rest is shown to whoever reads, and never written.
      if (this.diesIn > 0) {
        file.durable = this.#apply(file, () => this.#random() < 0.5);
        file.pending = [];
      }
      throw e;
    }
    file.durable = this.#apply(file, () => true);
    file.pending = [];
  }

  #apply({ durable, pending }: ModelFile, survives: () => boolean): Buffer {
    let bytes = durable;
    for (const change of pending) {
      if ('length' in change) {
        if (survives()) bytes = bytes.subarray(0, change.length);
        continue;
      }
      for (let from = 0; from < change.bytes.length; ) {
        const at = change.at + from;
        const to = Math.min(change.bytes.length, from + PAGE - (at % PAGE));
        if (survives()) {
          const next = Buffer.alloc(Math.max(bytes.length, change.at + to));
          bytes.copy(next);
          change.bytes.copy(next, at, from, to);
          bytes = next;
        }
        from = to;
      }
    }
    return bytes;
  }

  /** One operation. */
  #step(): void {
    if (this.diesIn <= 0 || --this.diesIn <= 0) throw new Error('the process has died');
    if (this.#random() < this.failing) throw new Error(this.#random() < 0.5 ? 'ENOSPC' : 'EIO');
  }
}

function truncateFile(path: string, length: number): void {
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, length);
  closeSync(fd);
}
