import type { CellMap, HeatMap } from '@millrace/bench';
import { FIGURES, type Figure, type MeasuredBatch } from './figures.ts';
import { linesOf, type Place, SIDES, tens } from './places.ts';

/** What was measured of a strategy at a place of the grid. */
export interface MeasuredCell extends Place {
  readonly contender: string;
  readonly batches: readonly MeasuredBatch[];
}

/** A heat map for each figure that some cell has: s across, keys and partitions down, a map for each contender. */
export function heatMaps(suite: string, title: string, cells: readonly MeasuredCell[]): HeatMap[] {
  const lines = linesOf(cells);
  const contenders = [...new Set(cells.map(({ contender }) => contender))];
  return FIGURES.flatMap((figure) => {
    const maps = contenders
      .map((contender): CellMap => ({ contender, cells: cellsOf(figure, contender, cells) }))
      .filter((map) => map.cells.some((list) => list.some((cell) => cell !== null)));
    if (maps.length === 0) return [];
    return {
      suite,
      title: `${title}: ${figure.metric}`,
      x: { title: 's of Zipf', labels: SIDES.s.map(String) },
      y: {
        title: 'keys, partitions',
        labels: lines.map(({ keys, partitions }) => `${tens(keys)}, ${partitions}`),
      },
      value: { title: figure.metric, unit: figure.unit, scale: 'log' },
      maps,
    };
  });
}

function cellsOf(figure: Figure, contender: string, cells: readonly MeasuredCell[]): (number | null)[][] {
  return linesOf(cells).map(({ keys, partitions }) =>
    SIDES.s.map((s) => {
      const found = cells.find(
        (cell) => cell.contender === contender && cell.s === s && cell.keys === keys && cell.partitions === partitions,
      );
      return found === undefined ? null : (figure.of(found.batches)?.value ?? null);
    }),
  );
}
