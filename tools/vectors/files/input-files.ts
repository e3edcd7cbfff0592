import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file, when it was changed last, and from when on it can be seen. */
export interface InputFile {
  readonly path: string;
  readonly modTimeMs: number;
  readonly visibleAtMs: number;
  readonly records?: readonly unknown[];
  readonly bytes?: readonly number[];
}

/** The files of a vector in a directory: each is there from its time on. */
export class InputFiles {
  readonly #base: string;
  readonly #files: readonly InputFile[];
  #shownUpTo = Number.NEGATIVE_INFINITY;

  constructor(base: string, files: readonly InputFile[]) {
    this.#base = base;
    this.#files = files;
  }

  /** Whether they are given as bytes rather than as lines. */
  get ofBytes(): boolean {
    return this.#files.some((file) => file.bytes !== undefined);
  }

  /** Has all files be there that can be seen by a time. */
  showUpTo(timeMs: number): void {
    for (const file of this.#files)
      if (file.visibleAtMs > this.#shownUpTo && file.visibleAtMs <= timeMs) this.#place(file);
    this.#shownUpTo = Math.max(this.#shownUpTo, timeMs);
  }

  #place({ path, modTimeMs, records, bytes }: InputFile): void {
    const file = join(this.#base, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes === undefined ? (records ?? []).map((r) => `${r}\n`).join('') : Uint8Array.from(bytes));
    // Seconds with fractions lose a little on the way to the disk.
    const seconds = (modTimeMs + 0.3) / 1000;
    utimesSync(file, seconds, seconds);
  }
}
