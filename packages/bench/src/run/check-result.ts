import { checkHeatMap, checkRow, checkSeries } from '../report/check-parts.ts';
import { ESTIMATE } from '../report/result-shapes.ts';
import { checkShape } from '../report/shape.ts';
import { isHistogram } from '../stats/latencies.ts';
import type { HeatMap, Row, Series, SuiteResult } from '../suite.ts';

/** What schema.json does not allow is refused. */
const EXACT = { exact: true } as const;

/**
 * What a suite gave, if results can hold it: what is wrong would be found where nobody can say any more which suite it comes from.
 *
 * @param suite its id
 * @throws Error naming the suite, the row, the ratio or the chart, and the field
 */
export function checkResult(result: unknown, suite: string): SuiteResult {
  const { rows, ratios, series = [], heatMaps = [] } = (result ?? {}) as Partial<SuiteResult>;
  const isRecord = typeof ratios === 'object' && ratios !== null;
  if (!Array.isArray(rows) || !isRecord || !Array.isArray(series) || !Array.isArray(heatMaps))
    throw new Error(
      `the suite ${suite} gave no result: a suite gives { rows, ratios }, and series and heatMaps where it has charts`,
    );
  const seen = new Set<string>();
  for (const [i, row] of rows.entries())
    checkOwnRow(row, named(row, `row ${i + 1} of the suite ${suite}`), suite, seen);
  for (const [id, estimate] of Object.entries(ratios))
    checkShape(`the ratio ${id} of the suite ${suite}`, estimate, ESTIMATE, EXACT);
  for (const [i, each] of series.entries()) {
    const what = `chart ${i + 1} of the suite ${suite}`;
    checkSeries(what, each, EXACT);
    checkOwner(what, each as Series, suite);
  }
  for (const [i, each] of heatMaps.entries()) {
    const what = `heat map ${i + 1} of the suite ${suite}`;
    checkHeatMap(what, each, EXACT);
    checkOwner(what, each as HeatMap, suite);
  }
  return {
    rows,
    ratios,
    ...(series.length === 0 ? {} : { series }),
    ...(heatMaps.length === 0 ? {} : { heatMaps }),
  } as SuiteResult;
}

function checkOwnRow(row: unknown, what: string, suite: string, seen: Set<string>): void {
  checkRow(what, row, EXACT);
  const { contender, metric, histogram } = row as Row;
  checkOwner(what, row as Row, suite);
  const name = JSON.stringify([contender, metric]);
  if (seen.has(name))
    throw new Error(
      `${what}: its fields contender and metric are those of another row, and comparing takes one of each`,
    );
  seen.add(name);
  if (histogram !== undefined && !isHistogram(histogram))
    throw new Error(`${what}: its field histogram is no HdrHistogram in its compressed form (V2, base64)`);
}

/** Reports show what is of a suite below it, by its id. */
function checkOwner(what: string, { suite: said }: Pick<Row, 'suite'>, suite: string): void {
  if (said !== suite)
    throw new Error(`${what}: its field suite is ${JSON.stringify(said)}, and has to be the id of the suite`);
}

/** A row as messages call it: by its number, and what it says of itself. */
function named(row: unknown, what: string): string {
  const { contender, metric } = (row ?? {}) as Partial<Row>;
  return typeof contender === 'string' && typeof metric === 'string' ? `${what} (${contender}, ${metric})` : what;
}
