import type { Estimate } from '../stats/stats.ts';
import type { Row } from '../suite.ts';
import type { Machine } from './machine.ts';

/** A number with three significant digits, and k or M where it is large. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 || size === 0 ? 2 : 4);
}

/** An estimate's interval. */
export function interval({ low, high }: Estimate): string {
  return `${compact(low)} – ${compact(high)}`;
}

/** What has to be known of a row besides its figures; empty where nothing has. */
export function remarksOf({ note, drifted, warmUp }: Row): string[] {
  return [
    ...(note === undefined ? [] : [note]),
    ...(drifted ? ['the machine had changed'] : []),
    ...(warmUp?.steady === false ? [`may still be getting faster after ${warmUp.runs} runs`] : []),
  ];
}

/** Stands behind what has remarks, where there is no room for them. */
export const MARK = ' ≈';

/** A row's contender, marked if there is something to be known of it. */
export function markedName(row: Row): string {
  return remarksOf(row).length > 0 ? `${row.contender}${MARK}` : row.contender;
}

/** What an axis or a column is of, with its unit if it has one. */
export function withUnit(title: string, unit: string): string {
  return unit === '' ? title : `${title}, ${unit}`;
}

/** A number with its unit, if it has one. */
export function figure(value: number, unit: string): string {
  return `${compact(value)} ${unit}`.trimEnd();
}

/** What a value must not exceed, and whether it does; empty where nothing is promised. */
export function limitOf({ value, limit }: Row, pass: string, miss: string): string {
  return limit === undefined ? '' : `at most ${limit}: ${value <= limit ? pass : miss}`;
}

/** The version of the engine, and of what measured it. */
export function versionsOf({ engine = 'unknown', harness = 'unknown' }: Pick<Machine, 'engine' | 'harness'>): string {
  return engine === harness ? engine : `${engine}, measured by @millrace/bench ${harness}`;
}

/** Rows by their metric and unit: what one chart and one table can hold. */
export function metricsOf(rows: readonly Row[]): Row[][] {
  return [...Map.groupBy(rows, ({ metric, unit }) => `${metric}/${unit}`).values()];
}
