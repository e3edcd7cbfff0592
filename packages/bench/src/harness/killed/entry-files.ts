import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { QueueEntry } from '@millrace/core';

const ZERO = 'zero';

/**
 * The input of a job that is killed, as files that can be read again: an entry for each batch, and the time of the first batch, by
 * which every process knows which entry belongs to which time.
 */
export class EntryFiles {
  readonly #dir: string;
  readonly #intervalMs: number;
  #zero: number | null = null;

  /** @param dir of the files, which is there */
  constructor(dir: string, intervalMs: number) {
    this.#dir = dir;
    this.#intervalMs = intervalMs;
  }

  /** @throws Error for an entry that is an RDD: it belongs to a process */
  write(batch: number, entry: QueueEntry<unknown>): void {
    if (!Array.isArray(entry) && !('blocks' in entry))
      throw new Error('a job can be killed where its input gives records or blocks: an RDD cannot be read again');
    writeFileSync(this.#pathOf(batch), serialize(entry));
  }

  /** The entry of a batch time; an empty one behind the last. The first time that is ever asked for is that of the first entry. */
  at(time: number): QueueEntry<unknown> {
    this.#zero ??= this.#readZero() ?? this.#writeZero(time);
    try {
      return deserialize(readFileSync(this.#pathOf(Math.round((time - this.#zero) / this.#intervalMs))));
    } catch (e) {
      if (isMissing(e)) return [];
      throw e;
    }
  }

  /** The time of the first batch; null before it. */
  get zero(): number | null {
    this.#zero ??= this.#readZero();
    return this.#zero;
  }

  #readZero(): number | null {
    try {
      return Number(readFileSync(join(this.#dir, ZERO), 'utf8'));
    } catch (e) {
      if (isMissing(e)) return null;
      throw e;
    }
  }

  #writeZero(time: number): number {
    // A process may be killed at any point: the file is there as a whole, or not at all.
    const path = join(this.#dir, ZERO);
    writeFileSync(`${path}.new`, `${time}`);
    renameSync(`${path}.new`, path);
    return time;
  }

  #pathOf(batch: number): string {
    return join(this.#dir, `${batch}.entry`);
  }
}

const isMissing = (e: unknown): boolean => (e as { readonly code?: unknown } | null)?.code === 'ENOENT';
