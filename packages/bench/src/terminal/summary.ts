import { compact, interval, MARK, markedName, metricsOf, remarksOf, versionsOf } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import { table } from './table.ts';

/** What the terminal shows at the end: all rows suite by suite, then the promised ratios, then the suites that failed. */
export function summary(report: Report): string {
  const parts: string[] = [];
  for (const suite of report.suites) {
    const tables = metricsOf(report.rows.filter((r) => r.suite === suite.id)).map((rows) => {
      const cells = rows.map((r) => [markedName(r), compact(r.value), r.unit, interval(r)]);
      return table(['', rows[0]!.metric, 'unit', '95 %'], cells, [0, 2]);
    });
    if (tables.length > 0) parts.push(`${suite.title} [${suite.id}]\n${tables.join('\n')}`);
  }
  const ratios = Object.entries(report.ratios).map(([id, r]) => [
    id,
    r.value.toFixed(2),
    `${r.low.toFixed(2)} – ${r.high.toFixed(2)}`,
    `${r.direction} ${r.bound}`,
    r.pass ? 'pass' : 'MISS',
  ]);
  if (ratios.length > 0) parts.push(table(['ratio', 'value', '95 %', 'bound', ''], ratios, [0, 3, 4]));
  const remarks = new Set(report.rows.flatMap(remarksOf));
  if (remarks.size > 0) parts.push(`${MARK.trim()} ${[...remarks].join('; ')}`);
  for (const { id, failure } of report.suites) if (failure !== undefined) parts.push(`FAILED ${id}: ${failure}`);
  parts.push(
    `${report.seconds.toFixed(0)} s on ${report.cpus} × ${report.cpuModel}, Node ${report.node}, Millrace ${versionsOf(report)}, commit ${report.commit.slice(0, 10)}${report.dirty ? ' with changes' : ''}`,
  );
  return parts.join('\n\n');
}
