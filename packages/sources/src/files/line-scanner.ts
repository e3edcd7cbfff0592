import { type FileHandle, open } from 'node:fs/promises';
import type { Puller } from '../intake/puller.ts';
import { BatchCutter } from './batch-cutter.ts';
import { type FileBatch, readFully, type TextFile } from './text-file.ts';

/** Bytes that are looked at in one go: a fraction of a millisecond. */
const CHUNK_BYTES = 2 ** 18;
const NEWLINE = 10;

/** How a scanner cuts. */
export interface ScanOptions {
  /** Name of the stream, for errors. */
  readonly source: string;
  readonly linesPerBatch: number;
  readonly numPartitions: number;
  /** Bytes that are looked at in one go; 256 KB unless given. */
  readonly chunkBytes?: number;
}

/**
 * Pulls batches of exactly so many lines from files: reads through them once, chunk by chunk, looking for newlines only
 * and no further than it is asked to. The lines themselves are read by the tasks.
 *
 * @example
 * ```ts
 * const files = await statFiles('logs', ['app.log']);
 * intake.open(new LineScanner(files, { source: 'logs', linesPerBatch: 1000, numPartitions: 4 }));
 * ```
 */
export class LineScanner implements Puller<FileBatch> {
  readonly #files: readonly TextFile[];
  readonly #cutter: BatchCutter;
  readonly #source: string;
  readonly #buffer: Buffer;
  #next = 0;
  #file: TextFile | null = null;
  #handle: FileHandle | null = null;
  #closed = false;
  /** The part of the file in the buffer: it begins at `#base` in the file, is looked at from `#at` on. */
  #chunk: Buffer;
  #base = 0;
  #at = 0;

  constructor(files: readonly TextFile[], options: ScanOptions) {
    this.#files = files;
    this.#source = options.source;
    this.#cutter = new BatchCutter(options.linesPerBatch, options.numPartitions);
    this.#buffer = Buffer.allocUnsafeSlow(options.chunkBytes ?? CHUNK_BYTES);
    this.#chunk = this.#buffer.subarray(0, 0);
  }

  pull(push: (batch: FileBatch) => void, room: number): boolean | Promise<boolean> {
    while (room > 0) {
      const newline = this.#chunk.indexOf(NEWLINE, this.#at);
      if (newline < 0) return this.#advance(push);
      this.#at = newline + 1;
      const batch = this.#cutter.lineEnd(this.#base + this.#at);
      if (batch === null) continue;
      push(batch);
      room--;
    }
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeHandle();
  }

  /** To the next chunk, of the next file where this one ends. False after the last; that is known without waiting. */
  #advance(push: (batch: FileBatch) => void): boolean | Promise<boolean> {
    const file = this.#file;
    if (file !== null) {
      const offset = this.#base + this.#chunk.length;
      if (offset < file.size) return this.#read(file, offset);
      // A last line without a newline counts like any other.
      if (file.size > 0 && this.#chunk[this.#chunk.length - 1] !== NEWLINE) {
        const batch = this.#cutter.lineEnd(file.size);
        if (batch !== null) push(batch);
      }
      this.#cutter.finishFile();
      this.#file = null;
    }
    if (this.#next < this.#files.length) return this.#begin(this.#files[this.#next++]);
    const last = this.#cutter.finish();
    if (last !== null) push(last);
    // Closing takes a while and cannot fail in a way that matters to who has read everything.
    this.#closeHandle().catch(() => {});
    return false;
  }

  async #begin(file: TextFile): Promise<boolean> {
    await this.#closeHandle();
    const handle = await open(file.path);
    // The stream may have been stopped meanwhile; nobody else would close this one.
    if (this.#closed) {
      await handle.close();
      return false;
    }
    this.#handle = handle;
    this.#file = file;
    this.#cutter.begin(file);
    this.#use(0, this.#buffer.subarray(0, 0));
    return true;
  }

  async #read(file: TextFile, offset: number): Promise<boolean> {
    const chunk = this.#buffer.subarray(0, Math.min(this.#buffer.length, file.size - offset));
    try {
      await readFully(this.#handle as FileHandle, chunk, offset, file, this.#source);
    } catch (e) {
      await this.#closeHandle();
      throw e;
    }
    this.#use(offset, chunk);
    return true;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  #use(base: number, chunk: Buffer): void {
    this.#base = base;
    this.#chunk = chunk;
    this.#at = 0;
  }
}
