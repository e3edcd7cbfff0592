import { open, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectories } from '@millrace/core/connector';
import { publish, remove, syncDirectory } from './durable.ts';
import { onPath } from './file-failure.ts';

/** Says that all parts of a batch are there. Empty, as Hadoop's is. */
export const SUCCESS = '_SUCCESS';

/** Names of files that are being written begin with this; readers of directories pass over names that begin with `_`. */
const TEMPORARY = '_temporary-';

/** The name of a partition's file. */
export function partName(partition: number, ending: string): string {
  return `part-${String(partition).padStart(5, '0')}${ending}`;
}

/** The name of a partition's file while it is written: the same in each attempt, so that none is left behind. */
export function temporaryName(name: string): string {
  return `${TEMPORARY}${name}`;
}

/**
 * The directory of a batch. Whatever ends the process, and whenever: if there is a `_SUCCESS`, all parts are complete and
 * there are no others.
 */
export class BatchDirectory {
  readonly path: string;
  readonly #sink: string;

  constructor(sink: string, path: string) {
    this.#sink = sink;
    this.path = path;
  }

  /** Before any part is written. What an earlier run of the batch left is incomplete from now on, and says so. */
  async prepare(): Promise<void> {
    await onPath(this.#sink, this.path, 'prepared', async () => {
      const made = makeDirectories(this.path);
      if (made === undefined) {
        await remove(join(this.path, SUCCESS));
        await syncDirectory(this.path);
      } else
        for (let path = this.path; path !== dirname(made); path = dirname(path)) await syncDirectory(dirname(path));
    });
  }

  /** After all parts were written: removes what an earlier run left besides them, and says that the batch is complete. */
  async commit(parts: readonly string[]): Promise<void> {
    const wanted = new Set(parts);
    await onPath(this.#sink, this.path, 'completed', async () => {
      for (const name of await this.#own()) if (!wanted.has(name)) await remove(join(this.path, name));
      // Names of parts are safe before the one that speaks for them.
      await syncDirectory(this.path);
      const temporary = join(this.path, temporaryName(SUCCESS));
      {
        await using file = await open(temporary, 'w');
        await file.sync();
      }
      await publish(temporary, join(this.path, SUCCESS));
      await syncDirectory(dirname(this.path));
    });
  }

  /** Removes the parts of a batch that will not be complete; the directory, too, unless others keep files in it. */
  async abort(): Promise<void> {
    await onPath(this.#sink, this.path, 'cleared', async () => {
      // First what speaks for the others.
      await remove(join(this.path, SUCCESS));
      for (const name of await this.#own()) await remove(join(this.path, name));
      await rmdir(this.path).catch(() => {});
    });
  }

  /** Names of files in the directory that this sink has written. */
  async #own(): Promise<string[]> {
    const names = await readdir(this.path);
    return names.filter((name) => name.startsWith('part-') || name.startsWith(TEMPORARY));
  }
}
