import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '@millrace/core/connector';
import type { Report } from '../report/report.ts';
import { removeReport, writeReport } from '../report/write.ts';
import { readResult } from './read-result.ts';
import { RunLock } from './run-lock.ts';

/**
 * The files of a run. A result has its name from the end of its run on; until then, and where it was ended, what is done is in the partial
 * one beside it, so a run that is ended replaces no result that is whole.
 */
export class Results {
  readonly #directory: string;
  readonly #name: string;
  readonly #partial: string;
  #lock: RunLock | null = null;

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.#partial = `${name}.partial`;
  }

  /**
   * Makes the directory and takes the files for this run: before anything is measured, since a run without a place for its result is lost.
   *
   * @throws Error where nothing can be written there, or another run has them
   */
  begin(): void {
    try {
      makeDirectories(this.#directory);
      this.#lock = RunLock.take(join(this.#directory, `${this.#name}.lock`));
    } catch (cause) {
      throw new Error(
        `the result ${this.#name} cannot be written to ${this.#directory}, and nothing was measured: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  /** Lets go of the files. */
  close(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  /** What to say of a run that was ended and that a run that does not go on with it replaces; null where there is none. */
  async replaced(): Promise<string | null> {
    const path = join(this.#directory, `${this.#partial}.json`);
    if (!existsSync(path)) return null;
    const what = await readResult(path).then(
      ({ title, date, suites }) => `of a run of ${title} that was ended (${date}, suites done: ${suites.length})`,
      () => 'which cannot be read',
    );
    return `${path}, ${what}, is replaced by this run; --resume goes on with one that was ended, --out leaves it alone`;
  }

  /** What `--resume` goes on with: the run that was ended, else the result. @throws Error where neither can be gone on with */
  async earlier(): Promise<Report> {
    const [partial, whole] = [this.#partial, this.#name].map((name) => join(this.#directory, `${name}.json`)) as [
      string,
      string,
    ];
    const path = [partial, whole].find((each) => existsSync(each));
    if (path === undefined)
      throw new Error(
        `--resume: there is neither ${partial} nor ${whole}: run without it, or with the --dir and --out of the run to go on with`,
      );
    try {
      return await readResult(path);
    } catch (cause) {
      throw new Error(`--resume: ${(cause as Error).message}`, { cause });
    }
  }

  /** Keeps what is done so far. @returns the paths */
  keep(report: Report): Promise<string[]> {
    return writeReport(report, this.#directory, this.#partial);
  }

  /** Keeps what a run gave: as the result if nothing is left to run. @returns the paths */
  async end(report: Report): Promise<string[]> {
    // Where nothing was done, what is there says more.
    if (report.suites.length === 0) return [];
    if (!report.complete) return this.keep(report);
    const paths = await writeReport(report, this.#directory, this.#name);
    await removeReport(this.#directory, this.#partial);
    return paths;
  }
}
