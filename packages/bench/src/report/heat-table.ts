import type { HeatMap } from '../suite.ts';
import { compact, withUnit } from './format.ts';
import { words } from './markdown-text.ts';

/** A heat map as a table: the rows of all its maps, each with its contender. Rows without a figure are left out. */
export function heatTable({ title, x, y, value, maps }: HeatMap): string {
  const rows = maps.flatMap(({ contender, cells }) =>
    cells.flatMap((list, row) =>
      list.every((cell) => cell === null)
        ? []
        : [`| ${words(contender)} | ${words(y.labels[row]!)} | ${list.map(cellOf).join(' | ')} |`],
    ),
  );
  return `${words(withUnit(title, value.unit))}. ${words(x.title)} across, ${words(y.title)} down:

| | ${words(y.title)} | ${x.labels.map(words).join(' | ')} |
|---|---|${x.labels.map(() => '--:').join('|')}|
${rows.join('\n')}`;
}

const cellOf = (cell: number | null) => (cell === null ? '' : compact(cell));
