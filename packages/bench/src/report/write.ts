import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

/** Writes a report as `NAME.json`, `NAME.md` and `NAME.html`. @returns their paths */
export async function writeReport(report: Report, directory: string, name: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const files = [
    [`${name}.json`, `${JSON.stringify(report, null, 2)}\n`],
    [`${name}.md`, markdownReport(report)],
    [`${name}.html`, htmlReport(report)],
  ] as const;
  for (const [file, text] of files) await writeFile(join(directory, file), text);
  return files.map(([file]) => join(directory, file));
}
