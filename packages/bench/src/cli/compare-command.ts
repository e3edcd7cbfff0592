import type { Command } from 'commander';
import { compact } from '../report/format.ts';
import { type ComparedRow, type Comparison, compareReports } from '../stats/compare.ts';
import { table } from '../terminal/table.ts';
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

/** A comparison as a table of Markdown, which terminals show as well. */
export function comparisonText({ rows, onlyBefore, onlyAfter }: Comparison): string {
  const header = ['suite', 'contender', 'metric', 'before', 'after', 'times as good', '95 %', 'verdict'];
  const cells = rows.map((row) => [
    row.suite,
    row.contender,
    row.metric,
    `${compact(row.before.value)} ${row.unit}`,
    `${compact(row.after.value)} ${row.unit}`,
    row.ratio.toFixed(2),
    `${row.low.toFixed(2)} – ${Number.isFinite(row.high) ? row.high.toFixed(2) : '?'}`,
    row.drifted ? `${row.verdict}: the machine had changed` : row.verdict,
  ]);
  const slower = rows.filter(({ verdict }) => verdict === 'slower').length;
  const faster = rows.filter(({ verdict }) => verdict === 'faster').length;
  return [
    table(header, cells, [0, 1, 2, 7]),
    '',
    `${faster} faster, ${slower} slower, ${rows.length - faster - slower} cannot tell`,
    ...onlyBefore.map((name) => `only before: ${name}`),
    ...onlyAfter.map((name) => `only after: ${name}`),
  ].join('\n');
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
