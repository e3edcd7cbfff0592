import { appendFile } from 'node:fs/promises';
import { markdownReport } from './markdown.ts';
import type { Report } from './report.ts';

/** Adds a report to the summary of the step of GitHub Actions that this process is; elsewhere it does nothing. */
export async function writeStepSummary(report: Report): Promise<void> {
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (path !== undefined && path !== '') await appendFile(path, `${markdownReport(report)}\n`);
}
