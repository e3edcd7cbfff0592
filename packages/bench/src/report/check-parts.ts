import type { CellMap, HeatMap } from '../suite.ts';
import { AXIS, CELL_MAP, CHOICES, HEAT_MAP, LINE, MARK, ROW, SERIES, WARM_UP } from './result-shapes.ts';
import { checkShape } from './shape.ts';

/** How strict: a suite's answer has no field that is not known, a file of a later version may. */
export interface Strictness {
  readonly exact: boolean;
}

/** @param what as messages begin @throws Error naming the field that is wrong */
export function checkRow(what: string, row: unknown, how: Strictness): void {
  checkShape(what, row, ROW, how);
  const { warmUp } = row as { readonly warmUp?: unknown };
  if (warmUp !== undefined) checkShape(`${what}: warmUp`, warmUp, WARM_UP, how);
}

/** @param what as messages begin @throws Error naming the field that is wrong */
export function checkSeries(what: string, series: unknown, how: Strictness): void {
  checkShape(what, series, SERIES, how);
  const {
    x,
    y,
    lines,
    marks = [],
  } = series as Readonly<Record<string, unknown>> & {
    readonly lines: readonly unknown[];
    readonly marks?: readonly unknown[];
  };
  checkShape(`${what}: the axis x`, x, AXIS, how);
  checkShape(`${what}: the axis y`, y, AXIS, how);
  for (const [i, line] of lines.entries()) checkShape(`${what}: line ${i + 1}`, line, LINE, how);
  for (const [i, mark] of marks.entries()) checkShape(`${what}: mark ${i + 1}`, mark, MARK, how);
}

/** @param what as messages begin @throws Error naming the field that is wrong */
export function checkHeatMap(what: string, map: unknown, how: Strictness): void {
  checkShape(what, map, HEAT_MAP, how);
  const { x, y, value, maps } = map as HeatMap;
  checkShape(`${what}: its side x`, x, CHOICES, how);
  checkShape(`${what}: its side y`, y, CHOICES, how);
  checkShape(`${what}: its value`, value, AXIS, how);
  for (const [i, each] of maps.entries()) {
    checkShape(`${what}: map ${i + 1}`, each, CELL_MAP, how);
    const { cells } = each as CellMap;
    if (cells.length === y.labels.length && cells.every(({ length }) => length === x.labels.length)) continue;
    throw new Error(
      `${what}: map ${i + 1}: its field cells has to be a list for each of the ${y.labels.length} labels of y, with a figure or null for each of the ${x.labels.length} labels of x`,
    );
  }
}
