import type { Row } from '../suite.ts';
import { compact, interval, metricsOf, remarksOf } from './format.ts';
import type { Report, ReportedSuite } from './report.ts';

/** A report as Markdown. */
export function markdownReport(report: Report): string {
  const dirty = report.dirty ? ' with uncommitted changes' : '';
  return `# ${report.title}

- Commit: \`${report.commit}\`${dirty}
- Node ${report.node} (V8 ${report.v8}), ${report.cpus} × ${report.cpuModel}, ${report.memoryGb} GB, ${report.platform}
- ${report.date.slice(0, 16).replace('T', ' ')} UTC, ${report.seconds.toFixed(0)} s, load before ${report.loadBefore.toFixed(2)}
- Command: \`${report.command}\`

${ratioTable(report)}
${report.suites.map((suite) => suiteTable(suite, report)).join('\n')}
## Method

${report.method}
`;
}

function ratioTable({ ratios }: Report): string {
  const entries = Object.entries(ratios);
  if (entries.length === 0) return '';
  const lines = entries.map(
    ([id, r]) =>
      `| \`${id}\` | **${r.value.toFixed(2)}** | ${r.low.toFixed(2)} – ${r.high.toFixed(2)} | ${r.direction} ${r.bound} | ${r.pass ? 'pass' : '**miss**'} | ${r.runs} | \`${r.command}\` |`,
  );
  return `## Promised ratios

| ratio | value | 95 % | bound | | runs | measure it again |
|---|--:|--:|---|---|--:|---|
${lines.join('\n')}
`;
}

function suiteTable(suite: ReportedSuite, report: Report): string {
  const tables = metricsOf(report.rows.filter((r) => r.suite === suite.id)).map(rowTable);
  const body = tables.length === 0 ? `This suite failed: ${suite.failure ?? 'it has no figures'}` : tables.join('\n\n');
  return `## ${suite.title}

${suite.about} \`${suite.command}\`

${body}
`;
}

function rowTable(rows: readonly Row[]): string {
  const lines = rows.map((r) => {
    const limit = r.limit === undefined ? '' : ` (at most ${r.limit}: ${r.value <= r.limit ? 'pass' : '**miss**'})`;
    const remarks = remarksOf(r).map((remark) => ` (${remark})`);
    return `| ${r.contender}${remarks.join('')} | ${compact(r.value)} ${r.unit}${limit} | ${interval(r)} | ${r.runs} |`;
  });
  return `| | ${rows[0]!.metric} | 95 % | runs |\n|---|--:|--:|--:|\n${lines.join('\n')}`;
}
