import { readFile } from 'node:fs/promises';
import { type Report, SCHEMA } from '../report/report.ts';

/** Reads the JSON of a run. @throws Error where the file is no result of this version */
export async function readResult(path: string): Promise<Report> {
  let report: Partial<Report>;
  try {
    report = JSON.parse(await readFile(path, 'utf8')) as Partial<Report>;
  } catch (cause) {
    throw new Error(`${path} cannot be read as a result: ${(cause as Error).message}`, { cause });
  }
  if (report.schema !== SCHEMA || !Array.isArray(report.rows))
    throw new Error(`${path} is no result of version ${SCHEMA} of the format: run the bench again to have one`);
  return report as Report;
}
