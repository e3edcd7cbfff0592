import type { Command } from 'commander';
import { comparisonMarkdown, comparisonText } from '../report/comparison.ts';
import { addToStepSummary } from '../report/step-summary.ts';
import { type ComparedRow, compareReports } from '../stats/compare.ts';
import { parseShare } from './options.ts';
import { readResult } from './read-result.ts';

/** `millrace-bench compare BEFORE AFTER`: what has become faster or slower. */
export function compareCommand(command: Command, ended: (code: number) => void): void {
  command
    .description('compares two results row by row')
    .argument('<before>', 'JSON of a run')
    .argument('<after>', 'JSON of a run that is judged')
    .option('--fail-if-slower <share>', 'ends with 1 where a row is slower by more than this, as in 10%', parseShare)
    .action(async (before: string, after: string, { failIfSlower }: { readonly failIfSlower?: number }) => {
      const comparison = compareReports(await readResult(before), await readResult(after));
      process.stdout.write(`${comparisonText(comparison)}\n`);
      await addToStepSummary(comparisonMarkdown(comparison));
      const failing = comparison.rows.filter((row) => failIfSlower !== undefined && isSlower(row, failIfSlower));
      for (const { suite, contender, metric } of failing)
        process.stderr.write(
          `${suite}: ${contender}, ${metric} is slower by more than ${percent(failIfSlower ?? 0)}\n`,
        );
      ended(failing.length === 0 ? 0 : 1);
    });
}

/** Whether a row is slower, and by more than a share. */
export function isSlower({ verdict, ratio }: ComparedRow, share: number): boolean {
  return verdict === 'slower' && ratio < 1 - share;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
