import type { ComparedRow, Comparison } from '../stats/compare.ts';
import { table } from '../terminal/table.ts';
import { figure } from './format.ts';
import { words } from './markdown-text.ts';

const HEADER = ['suite', 'contender', 'metric', 'before', 'after', 'times as good', '95 %', 'verdict'];
/** Of the header's columns, those that hold numbers. */
const NUMBERS = [3, 4, 5, 6];

/** A comparison as terminals show it. */
export function comparisonText(comparison: Comparison): string {
  const left = HEADER.map((_, column) => column).filter((column) => !NUMBERS.includes(column));
  return [table(HEADER, comparison.rows.map(cellsOf), left), '', ...footer(comparison)].join('\n');
}

/** A comparison as a table of Markdown. */
export function comparisonMarkdown(comparison: Comparison): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const under = HEADER.map((_, column) => (NUMBERS.includes(column) ? '--:' : '---'));
  return [
    line(HEADER),
    line(under),
    ...comparison.rows.map((row) => line(cellsOf(row).map(words))),
    '',
    ...footer(comparison).map((text) => `- ${words(text)}`),
  ].join('\n');
}

function cellsOf(row: ComparedRow): string[] {
  return [
    row.suite,
    row.contender,
    row.metric,
    figure(row.before.value, row.unit),
    figure(row.after.value, row.unit),
    times(row.ratio),
    row.low === 0 && row.high === Number.POSITIVE_INFINITY ? '?' : `${times(row.low)} – ${times(row.high)}`,
    `${row.verdict}${why(row)}`,
  ];
}

const times = (ratio: number): string => (Number.isFinite(ratio) ? ratio.toFixed(2) : '∞');

function why({ drifted, redefined }: ComparedRow): string {
  if (redefined) return ': its suite measured something else';
  return drifted ? ': the machine had changed' : '';
}

function footer({ rows, judged, differences, onlyBefore, onlyAfter }: Comparison): string[] {
  const slower = rows.filter(({ verdict }) => verdict === 'slower').length;
  const faster = rows.filter(({ verdict }) => verdict === 'faster').length;
  return [
    `${faster} faster, ${slower} slower, ${rows.length - faster - slower} cannot tell`,
    `of ${judged} rows something can be told: with 95 % the ratios of all of them are within their intervals`,
    ...differences.map((difference) => `not the same: ${difference}`),
    ...onlyBefore.map((name) => `only before: ${name}`),
    ...onlyAfter.map((name) => `only after: ${name}`),
  ];
}
