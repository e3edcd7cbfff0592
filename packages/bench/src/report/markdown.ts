import type { Row, Series } from '../suite.ts';
import { figure, interval, limitOf, metricsOf, remarksOf, versionsOf } from './format.ts';
import { heatTable } from './heat-table.ts';
import { code, words } from './markdown-text.ts';
import type { Report, ReportedSuite } from './report.ts';

/** A report as Markdown. */
export function markdownReport(report: Report): string {
  return `# ${words(report.title)}

${factsOf(report)}

${bodyOf(report, '##')}
## Method

${report.method}
`;
}

/**
 * Several reports as one page of Markdown: what documentation shows of results that are kept. The facts, ratios and tables of each
 * are the ones that it has by itself; nothing on the page is from anywhere else.
 *
 * @param reports each with the name that heads its chapter
 * @param options `title` heads the page; `introduction` stands below it
 */
export function markdownPage(
  reports: readonly { readonly name: string; readonly report: Report }[],
  options: { readonly title: string; readonly introduction: string },
): string {
  const chapters = reports.map(
    ({ name, report }) => `## ${words(name)}\n\n${factsOf(report)}\n\n${bodyOf(report, '###')}`,
  );
  const methods = [...new Set(reports.map(({ report }) => report.method))];
  return `# ${words(options.title)}

${options.introduction}

${chapters.join('\n')}
## Method

${methods.join('\n\n')}
`;
}

/** Where, when and by what command. */
function factsOf(report: Report): string {
  const dirty = report.dirty ? ' with uncommitted changes' : '';
  const ended = report.complete ? '' : ' (ended before all suites had run)';
  const engine = report.engine === undefined ? '' : `- Millrace ${words(versionsOf(report))}\n`;
  return `- Commit: \`${report.commit}\`${dirty}
${engine}- Node ${report.node} (V8 ${report.v8}), ${report.cpus} × ${words(report.cpuModel)}, ${report.memoryGb} GB, ${report.platform}
- ${report.date.slice(0, 16).replace('T', ' ')} UTC, ${report.seconds.toFixed(0)} s, load before ${report.loadBefore.toFixed(2)}${ended}
- Command: ${code(report.command)}`;
}

function bodyOf(report: Report, heading: string): string {
  return `${ratioTable(report, heading)}
${report.suites.map((suite) => suiteTable(suite, report, heading)).join('\n')}`;
}

function ratioTable({ ratios }: Report, heading: string): string {
  const entries = Object.entries(ratios);
  if (entries.length === 0) return '';
  const lines = entries.map(
    ([id, r]) =>
      `| ${code(id)} | **${r.value.toFixed(2)}** | ${r.low.toFixed(2)} – ${r.high.toFixed(2)} | ${r.direction} ${r.bound} | ${r.pass ? 'pass' : '**miss**'} | ${r.runs} | ${code(r.command)} |`,
  );
  return `${heading} Promised ratios

| ratio | value | 95 % | bound | | runs | measure it again |
|---|--:|--:|---|---|--:|---|
${lines.join('\n')}
`;
}

function suiteTable(suite: ReportedSuite, report: Report, heading: string): string {
  const tables = [
    ...(report.heatMaps ?? []).filter((map) => map.suite === suite.id).map(heatTable),
    ...metricsOf(report.rows.filter((r) => r.suite === suite.id)).map(rowTable),
    ...report.series.filter((s) => s.suite === suite.id).map(seriesTable),
  ];
  const body =
    tables.length === 0 ? `This suite failed: ${words(suite.failure ?? 'it has no figures')}` : tables.join('\n\n');
  return `${heading} ${words(suite.title)}

${words(suite.about)} ${code(suite.command)}

${body}
`;
}

/** A line of a chart that has more points than this is for the page alone. */
const MOST_POINTS = 16;

/** A short chart as a table, a row for each place on its x axis. */
function seriesTable({ title, x, y, lines }: Series): string {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  if (places.length > MOST_POINTS)
    return `${words(title)}: a chart of ${places.length} points, on the HTML page of the result.`;
  const cells = places.map((at) => {
    const values = lines.map(({ points }) => points.find(([place]) => place === at)?.[1]);
    return `| ${words(figure(at, x.unit))} | ${values.map((value) => (value === undefined ? '' : words(figure(value, y.unit)))).join(' | ')} |`;
  });
  return `${words(title)}, ${words(y.title)} by ${words(x.title)}:

| | ${lines.map(({ contender }) => words(contender)).join(' | ')} |
|---|${lines.map(() => '--:').join('|')}|
${cells.join('\n')}`;
}

function rowTable(rows: readonly Row[]): string {
  const lines = rows.map((r) => {
    const limit = limitOf(r, 'pass', '**miss**');
    const remarks = remarksOf(r).map((remark) => ` (${words(remark)})`);
    return `| ${words(r.contender)}${remarks.join('')} | ${words(figure(r.value, r.unit))}${limit === '' ? '' : ` (${limit})`} | ${interval(r)} | ${r.runs} |`;
  });
  return `| | ${words(rows[0]!.metric)} | 95 % | runs |\n|---|--:|--:|--:|\n${lines.join('\n')}`;
}
