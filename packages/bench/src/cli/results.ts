import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../report/report.ts';
import { removeReport, writeReport } from '../report/write.ts';
import { readResult } from './read-result.ts';

/**
 * The files of a run. A result has its name from the end of its run on; until then, and where it was ended, what is done is in the partial
 * one beside it, so a run that is ended replaces no result that is whole.
 */
export class Results {
  readonly #directory: string;
  readonly #name: string;
  readonly #partial: string;

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.#partial = `${name}.partial`;
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
