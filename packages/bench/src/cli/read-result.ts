import { readFile } from 'node:fs/promises';
import { checkHeatMap, checkRow, checkSeries } from '../report/check-parts.ts';
import { type Report, SCHEMA } from '../report/report.ts';
import { RATIO, RESULT, SUITE } from '../report/result-shapes.ts';
import { checkShape, OBJECT, said } from '../report/shape.ts';

/** Reads the JSON of a run: the one reader of `compare`, `report` and `--resume`. @throws Error where the file is no result of this version */
export async function readResult(path: string): Promise<Report> {
  let read: unknown;
  try {
    read = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} cannot be read as a result: ${(cause as Error).message}`, { cause });
  }
  if (!OBJECT.is(read)) throw new Error(`${path} is no result of a run: it holds ${said(read)} and not an object`);
  const fields = read as Readonly<Record<string, unknown>>;
  if (fields['schema'] === undefined) throw new Error(`${path} is no result of a run: it has no field schema`);
  if (fields['schema'] !== SCHEMA)
    throw new Error(
      `${path} is of version ${said(fields['schema'])} of the format of results, and this is version ${SCHEMA}: run the bench again to have one`,
    );
  try {
    checkParts(read as Report);
  } catch (cause) {
    throw new Error(`${path} is no whole result of a run: ${(cause as Error).message}`, { cause });
  }
  return read as Report;
}

/** A later version may have more fields. */
const LENIENT = { exact: false } as const;

/** @throws Error naming the part and the field that is wrong */
function checkParts(read: Report): void {
  checkShape('the result', read, RESULT, LENIENT);
  for (const [id, ratio] of Object.entries(read.ratios)) checkShape(`ratios.${id}`, ratio, RATIO, LENIENT);
  for (const [i, suite] of read.suites.entries()) checkShape(`suites[${i}]`, suite, SUITE, LENIENT);
  for (const [i, row] of read.rows.entries()) checkRow(`rows[${i}]`, row, LENIENT);
  for (const [i, series] of read.series.entries()) checkSeries(`series[${i}]`, series, LENIENT);
  for (const [i, map] of (read.heatMaps ?? []).entries()) checkHeatMap(`heatMaps[${i}]`, map, LENIENT);
}
