import type { HeatMap, Report, Row } from '@millrace/bench';

/* The tables of docs/skew.md, made of a result of `suite skew`. */

/** Keys and partitions that the tables are of, as heat maps call them. */
const USUAL = '10⁵, 8';

/** All tables, by the names that the page has for their places. */
export function skewTables(report: Report): ReadonlyMap<string, string> {
  return new Map([
    ['promised', promised(report)],
    ['records', grid(report, 'max over mean of records')],
    ['task time', grid(report, 'max over mean of task time')],
    ['time of a batch', grid(report, 'time of a batch')],
    ['bytes', grid(report, 'bytes shuffled')],
    ['one key', input(report, 'skew-one-key')],
    ['flights', input(report, 'skew-flights')],
    ['moving', moving(report)],
    ['simulated', simulated(report)],
    ['even', even(report)],
    ['planning', rowsTable(report, 'skew-planning', ['planning'])],
  ]);
}

/** Puts tables where the page has places for them: between `<!-- table: NAME -->` and `<!-- end -->`. @throws Error where the page asks for another */
export function withTables(page: string, tables: ReadonlyMap<string, string>): string {
  return page.replace(
    /(<!-- table: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`there is no table ${name}`);
      return `${begin}\n${table}\n\n${end}`;
    },
  );
}

function promised({ ratios }: Report): string {
  const own = Object.entries(ratios).filter(([id]) => id.startsWith('skew.'));
  const rows = own.map(([id, { title, value, direction, bound, pass, command }]) => [
    `\`${id}\``,
    title,
    // Close to its bound a figure of two places does not tell on which side it is.
    value.toFixed(Math.abs(value / bound - 1) < 0.01 ? 3 : 2),
    `${direction} ${bound}`,
    pass ? 'kept' : '**missed**',
    `\`${command}\``,
  ]);
  return table(['', 'what', 'measured', 'promised', '', 'measure it again'], rows);
}

/** The usual place of the grid: operators and strategies down, s across. */
function grid({ heatMaps = [], command }: Report, metric: string): string {
  const maps = heatMaps.filter(({ value }) => value.title === metric);
  const [first] = maps as [HeatMap];
  const rows = maps.flatMap(({ suite, y, maps: each }) => {
    const line = y.labels.indexOf(USUAL);
    return each.map(({ contender, cells }) => [suite.slice('skew-'.length), contender, ...cells[line]!.map(cell)]);
  });
  const { unit } = first.value;
  const head = first.x.labels.map((s) => `s = ${s}`);
  return `${unit === '' ? '' : `In ${unit}. `}\`${command}\`\n\n${table(['operator', 'strategy', ...head], rows)}`;
}

/** One input: operators and strategies down, figures across. */
function input(report: Report, suite: string): string {
  const heavy = rowsOf(report, suite).filter(({ metric }) => metric.startsWith('heavy keys'));
  const shares = heavy.map(({ contender, value }) => `${contender.split(': ')[1]} ${cell(value)} %`);
  const metrics = ['max over mean of records', 'max over mean of task time', 'time of a batch', 'bytes shuffled'];
  return `Heavy keys: ${shares.join(', ')}. ${rowsTable(report, suite, metrics)}`;
}

function moving(report: Report): string {
  return rowsTable(report, 'skew-moving', ['max over mean of records', 'max over mean of records, right after a move']);
}

function simulated({ series, suites }: Report): string {
  const chart = series.find(({ suite }) => suite === 'skew-simulated')!;
  const { command } = suites.find(({ id }) => id === 'skew-simulated')!;
  const slots = chart.lines[0]!.points.map(([n]) => n);
  const rows = slots.map((n, i) => {
    const times = chart.lines.map(({ points }) => points[i]![1]);
    return [String(n), ...times.map((ms) => `${cell(ms)} ms`)];
  });
  return `\`${command}\`\n\n${table(['simulated slots', ...chart.lines.map(({ contender }) => contender)], rows)}`;
}

function even(report: Report): string {
  return rowsTable(report, 'skew-uniform', [
    'time of a batch, auto over hash',
    'processor time of a batch, auto over hash',
  ]);
}

/** Rows of a suite: contenders down, metrics across. */
function rowsTable(report: Report, suite: string, metrics: readonly string[]): string {
  const { command } = report.suites.find(({ id }) => id === suite)!;
  const all = rowsOf(report, suite);
  const shown = all.filter(({ metric }) => metrics.includes(metric));
  const contenders = [...new Set(shown.map(({ contender }) => contender))];
  const rows = contenders.map((contender) => [
    contender,
    ...metrics.map((metric) => {
      const row = shown.find((each) => each.contender === contender && each.metric === metric);
      return row === undefined ? '' : `${cell(row.value)} ${row.unit}`.trimEnd();
    }),
  ]);
  return `\`${command}\`\n\n${table(['', ...metrics], rows)}`;
}

const rowsOf = ({ rows }: Report, suite: string): readonly Row[] => rows.filter((row) => row.suite === suite);

function cell(value: number | null): string {
  if (value === null) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
