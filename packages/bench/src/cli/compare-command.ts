import type { Command } from 'commander';
import { comparisonMarkdown, comparisonText } from '../report/comparison.ts';
import type { Report } from '../report/report.ts';
import { addToStepSummary } from '../report/step-summary.ts';
import { type ComparedRow, type Comparison, compareReports } from '../stats/compare.ts';
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
      const judged = await readResult(after);
      const comparison = compareReports(await readResult(before), judged);
      process.stdout.write(`${comparisonText(comparison)}\n`);
      await addToStepSummary(comparisonMarkdown(comparison));
      const failing = comparison.rows.filter((row) => failIfSlower !== undefined && isSlower(row, failIfSlower));
      for (const { suite, contender, metric } of failing)
        process.stderr.write(
          `${suite}: ${contender}, ${metric} is slower by more than ${percent(failIfSlower ?? 0)}\n`,
        );
      const lost = failIfSlower === undefined ? [] : lostRows(comparison, judged);
      for (const name of lost) process.stderr.write(`${name} is gone, though its suite was run\n`);
      const unjudged = failIfSlower !== undefined && comparison.judged === 0;
      if (unjudged) process.stderr.write('no row of both could be judged: nothing is known of what became slower\n');
      ended(failing.length + lost.length === 0 && !unjudged ? 0 : 1);
    });
}

/** Whether a row is slower, and by more than a share. */
export function isSlower({ verdict, ratio }: ComparedRow, share: number): boolean {
  return verdict === 'slower' && ratio < 1 - share;
}

/** Rows that a suite no longer has; not those of suites that the bench no longer has, or that were not run. */
function lostRows({ onlyBefore }: Comparison, { suites }: Report): readonly string[] {
  return onlyBefore.filter((name) => suites.some(({ id }) => name.startsWith(`${id}: `)));
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
