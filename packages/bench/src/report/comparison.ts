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
    row.ratio.toFixed(2),
    `${row.low.toFixed(2)} – ${Number.isFinite(row.high) ? row.high.toFixed(2) : '?'}`,
    row.drifted ? `${row.verdict}: the machine had changed` : row.verdict,
  ];
}

function footer({ rows, onlyBefore, onlyAfter }: Comparison): string[] {
  const slower = rows.filter(({ verdict }) => verdict === 'slower').length;
  const faster = rows.filter(({ verdict }) => verdict === 'faster').length;
  return [
    `${faster} faster, ${slower} slower, ${rows.length - faster - slower} cannot tell`,
    ...onlyBefore.map((name) => `only before: ${name}`),
    ...onlyAfter.map((name) => `only after: ${name}`),
  ];
}
