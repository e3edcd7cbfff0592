import { appendFile } from 'node:fs/promises';

/** Adds Markdown to the summary of the step of GitHub Actions that this process is; elsewhere it does nothing. */
export async function addToStepSummary(markdown: string): Promise<void> {
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (path !== undefined && path !== '') await appendFile(path, `${markdown}\n`);
}
