import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '@millrace/core/connector';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

const SHOWN = {
  json: (report: Report) => `${JSON.stringify(report, null, 2)}\n`,
  md: markdownReport,
  html: htmlReport,
} as const;
const KINDS = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

/**
 * Writes a report as `NAME.json`, `NAME.md` and `NAME.html`. Each is written beside and takes its name when it is whole: whoever reads a file
 * never sees half of it.
 * @returns their paths
 */
export async function writeReport(report: Report, directory: string, name: string): Promise<string[]> {
  // Before anything is written: a report that cannot be shown leaves the files as they are.
  const texts = KINDS.map((kind) => [join(directory, `${name}.${kind}`), SHOWN[kind](report)] as const);
  makeDirectories(directory);
  for (const [path, text] of texts) {
    const beside = `${path}.${process.pid}.tmp`;
    try {
      await writeFile(beside, text);
      await rename(beside, path);
    } catch (e) {
      await rm(beside, { force: true });
      throw e;
    }
  }
  return texts.map(([path]) => path);
}

/** Removes the files of a report, if they are there. */
export async function removeReport(directory: string, name: string): Promise<void> {
  for (const kind of KINDS) await rm(join(directory, `${name}.${kind}`), { force: true });
}
