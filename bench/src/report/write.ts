import { mkdir, writeFile } from 'node:fs/promises';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

const RESULTS = new URL('../../results/', import.meta.url);

/** Writes a report's files. Returns their paths from the root of the repository. */
export async function writeReport(report: Report, name: string): Promise<string[]> {
  await mkdir(RESULTS, { recursive: true });
  const files = [
    [`${name}.json`, `${JSON.stringify(report, null, 2)}\n`],
    [`${name}.md`, markdownReport(report)],
    [`${name}.html`, htmlReport(report)],
  ] as const;
  for (const [file, text] of files) await writeFile(new URL(file, RESULTS), text);
  return files.map(([file]) => `bench/results/${file}`);
}
