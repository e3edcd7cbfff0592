import type { CellMap, HeatMap } from '@millrace/bench';
import type { Pairs } from './cell.ts';
import { FIGURES, type Figure, type MeasuredBatch } from './figures.ts';
import { linesOf, type Place, SIDES, tens } from './places.ts';

/** What was measured of a strategy at a place of the grid. */
export interface MeasuredCell extends Place {
  readonly contender: string;
  readonly batches: readonly MeasuredBatch[];
}

/**
 * Where a key stays in one partition, no placement is more even than its share of the records: max over mean of records at least.
 *
 * @param pairsOf the records of a place
 */
export function leastPossible(some: readonly Place[], pairsOf: (place: Place) => Pairs): CellMap {
  const cells = linesOf(some).map(({ keys, partitions }) =>
    SIDES.s.map((s) => {
      const place = some.find((each) => each.s === s && each.keys === keys && each.partitions === partitions);
      return place === undefined ? null : Math.max(1, largestShare(pairsOf(place)) * partitions);
    }),
  );
  return { contender: 'least that is possible', cells };
}

/** Share of the records that the most frequent key has. */
function largestShare(pairs: Pairs): number {
  const counts = new Map<string, number>();
  for (const [key] of pairs) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts.values().reduce((most, n) => Math.max(most, n), 0) / pairs.length;
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
