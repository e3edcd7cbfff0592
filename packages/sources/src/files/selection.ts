import { basename } from 'node:path';
import type { TextFile } from './text-file.ts';

/** A file as a listing found it. Plain data. */
export interface FoundFile extends TextFile {
  /** When it was last changed, in whole ms since the epoch. */
  readonly modTimeMs: number;
}

/** The files of one batch, oldest first. Plain data: a store can keep it, and a recovered job read the same again. */
export interface FileSelection {
  /** Batch time in ms. */
  readonly time: number;
  readonly files: readonly FoundFile[];
}

/** What decides whether a file belongs to a batch. Times in ms since the epoch. */
export interface NewFileQuestion {
  /** Name or path. */
  readonly name: string;
  readonly modTimeMs: number;
  readonly batchTimeMs: number;
  /** Files that are not younger were there before the stream; 0 to read them as well. */
  readonly initialThresholdMs: number;
  /** How far back a batch looks. */
  readonly rememberMs: number;
  /** Whether a batch that is still remembered has it. */
  readonly alreadySelected: boolean;
}

/**
 * Whether a file belongs to a batch (R146): it passes the filter, was changed after the stream began and within the
 * window that is looked back, not after the batch time, and no remembered batch has it.
 *
 * @param accepts the filter; all but hidden names unless given
 * @example
 * ```ts
 * const file = { name: 'a.log', modTimeMs: 5_000, initialThresholdMs: 0, rememberMs: 60_000, alreadySelected: false };
 * isNewFile({ ...file, batchTimeMs: 6_000 }); // true
 * isNewFile({ ...file, batchTimeMs: 65_000 }); // false
 * ```
 */
export function isNewFile(question: NewFileQuestion, accepts: (name: string) => boolean = isVisible): boolean {
  const { name, modTimeMs, batchTimeMs, initialThresholdMs, rememberMs, alreadySelected } = question;
  return (
    !alreadySelected &&
    modTimeMs > Math.max(initialThresholdMs, batchTimeMs - rememberMs) &&
    modTimeMs <= batchTimeMs &&
    accepts(name)
  );
}

/** The default filter, Spark's (R148): ignores names with a leading dot, and no others. */
export function isVisible(path: string): boolean {
  return !basename(path).startsWith('.');
}

/** How many batches back files are looked for: ceil(60 s / batch interval) with the default of 60 s (R147). */
export function batchesToRemember(minRememberMs: number, batchIntervalMs: number): number {
  return Math.ceil(minRememberMs / batchIntervalMs);
}

/** What the batches that are remembered have: so that no file is in two of them. */
export class SelectedFiles {
  readonly #byTime = new Map<number, FileSelection>();
  readonly #paths = new Map<string, number>();

  /** Whether a remembered batch has a file. */
  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** The files of a batch; undefined if it is not remembered. */
  at(time: number): FileSelection | undefined {
    return this.#byTime.get(time);
  }

  add(selection: FileSelection): void {
    this.#byTime.set(selection.time, selection);
    for (const { path } of selection.files) this.#paths.set(path, selection.time);
  }

  /** Forgets batches before a time, and that they had their files. */
  forgetBefore(time: number): void {
    for (const [at, { files }] of this.#byTime) {
      if (at >= time) break;
      this.#byTime.delete(at);
      for (const { path } of files) if (this.#paths.get(path) === at) this.#paths.delete(path);
    }
  }

  /** How much is remembered. */
  get size(): { readonly batches: number; readonly files: number } {
    return { batches: this.#byTime.size, files: this.#paths.size };
  }
}
