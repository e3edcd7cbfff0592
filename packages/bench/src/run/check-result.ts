import type { Series, SuiteResult } from '../suite.ts';

/** What a row of a suite has to have as text. */
const WORDS = ['suite', 'contender', 'metric', 'unit'] as const;
/** What it, and a ratio, has to have as numbers. */
const FIGURES = ['value', 'low', 'high'] as const;

/**
 * What a suite gave, if reports can show it. Numbers that are none would be found where nobody can say any more which suite they come from.
 * @throws Error naming the row, the ratio or the line, and what is wrong with it
 */
export function checkResult(result: unknown): SuiteResult {
  const { rows, ratios, series = [] } = (result ?? {}) as Partial<SuiteResult>;
  if (!Array.isArray(rows) || typeof ratios !== 'object' || ratios === null || !Array.isArray(series))
    throw new Error('it gave no result: a suite gives { rows, ratios }, and series where it has charts');
  for (const [i, row] of rows.entries()) checkRow(row, i);
  for (const [id, estimate] of Object.entries(ratios)) checkFigures(`the ratio ${id}`, estimate);
  for (const each of series) checkSeries(each);
  return result as SuiteResult;
}

function checkRow(row: unknown, i: number): void {
  const fields = (row ?? {}) as Record<string, unknown>;
  for (const word of WORDS)
    if (typeof fields[word] !== 'string') throw new Error(`row ${i + 1} of its result has no ${word}: it takes a text`);
  checkFigures(`the row ${fields['contender']}, ${fields['metric']}`, row);
}

function checkFigures(name: string, estimate: unknown): void {
  const figures = (estimate ?? {}) as Record<string, unknown>;
  for (const figure of FIGURES)
    if (!Number.isFinite(figures[figure])) throw new Error(`${name}: its ${figure} is ${said(figures[figure])}`);
  if (!Number.isInteger(figures['runs']) || (figures['runs'] as number) < 1)
    throw new Error(`${name}: its runs are ${String(figures['runs'])}, which is no whole number of at least 1`);
}

function checkSeries(series: Series): void {
  const { title, lines } = (series ?? {}) as Partial<Series>;
  if (typeof title !== 'string' || !Array.isArray(lines))
    throw new Error('a chart of its result has no title or no lines');
  for (const { contender, points } of lines as Series['lines'])
    for (const [x, y] of points)
      if (!Number.isFinite(x) || !Number.isFinite(y))
        throw new Error(`the chart ${title}: at a point of ${contender} x is ${said(x)} and y is ${said(y)}`);
}

/** Between processes numbers that are none become null. */
function said(value: unknown): string {
  if (value === null) return 'no finite number (NaN or infinite)';
  return Number.isFinite(value) ? String(value) : `${String(value)}, which is no finite number`;
}
