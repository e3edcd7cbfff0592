import type { HeatMap, Row, Series } from '../suite.ts';
import { barChart, ratioChart } from './charts.ts';
import { figure, interval, limitOf, MARK, metricsOf, remarksOf, versionsOf } from './format.ts';
import { heatChart } from './heat-chart.ts';
import { lineChart } from './line-chart.ts';
import type { Report, ReportedSuite } from './report.ts';
import { Colours, type Theme, themes } from './theme.ts';

/** A report as one page that needs nothing else: no script, no network. */
export function htmlReport(report: Report): string {
  const groups = [...new Set(report.suites.map((s) => s.group))];
  const lines = report.series.flatMap((series) => series.lines.map(({ contender }) => contender));
  const colours = new Colours([...report.rows.map(({ contender }) => contender), ...lines]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${quote(report.title)}, ${quote(report.date.slice(0, 10))}</title>
<style>${style()}</style>
</head>
<body>
<main>
<h1>${quote(report.title)}</h1>
${facts(report)}
${ratioSection(report)}
${groups.map((group) => groupSection(report, group, colours)).join('\n')}
<h2>Method</h2>
<p>${quote(report.method)}</p>
</main>
</body>
</html>
`;
}

function facts(report: Report): string {
  const commit = `<code>${quote(report.commit.slice(0, 12))}</code>${report.dirty ? ' <b>with uncommitted changes</b>' : ''}`;
  const ended = report.complete ? '' : ' <b>ended before all suites had run</b>';
  const items: [string, string][] = [
    ['Commit', commit],
    ...(report.engine === undefined ? [] : [['Millrace', quote(versionsOf(report))] as [string, string]]),
    ['Node', `${quote(report.node)} (V8 ${quote(report.v8)})`],
    ['Machine', `${report.cpus} × ${quote(report.cpuModel)}, ${report.memoryGb} GB, ${quote(report.platform)}`],
    [
      'Load before',
      `${report.loadBefore.toFixed(2)} (other work running at the same time disturbs what two threads can gain)`,
    ],
    ['Run', `${quote(report.date.slice(0, 16).replace('T', ' '))} UTC, ${report.seconds.toFixed(0)} s${ended}`],
    ['Command', `<code>${quote(report.command)}</code>`],
  ];
  return `<dl class="facts">${items.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

function ratioSection(report: Report): string {
  const ratios = Object.entries(report.ratios);
  if (ratios.length === 0) return '';
  const rows = ratios.map(
    ([id, r]) =>
      `<tr><td><code>${quote(id)}</code><br><small>${quote(r.title)}</small></td><td class="n"><b>${r.value.toFixed(2)}</b></td>` +
      `<td class="n">${r.low.toFixed(2)} – ${r.high.toFixed(2)}</td><td class="w">${r.direction} ${r.bound}</td>` +
      `<td class="${r.pass ? 'pass' : 'miss'}">${r.pass ? '● pass' : '◆ miss'}</td><td class="n">${r.runs}</td><td><code>${quote(r.command)}</code></td></tr>`,
  );
  return `<h2>Promised ratios</h2>
${both((theme) => ratioChart(ratios, theme), 'Each ratio against its bound')}
<div class="scroll"><table><thead><tr><th>Ratio</th><th class="n">Value</th><th class="n">95 %</th><th>Bound</th><th></th><th class="n">Runs</th><th>Measure it again</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function groupSection(report: Report, group: string, colours: Colours): string {
  const suites = report.suites.filter((s) => s.group === group);
  return `<h2>${quote(group)}</h2>\n${suites.map((suite) => suiteSection(suite, report, colours)).join('\n')}`;
}

function suiteSection(suite: ReportedSuite, report: Report, colours: Colours): string {
  const rows = report.rows.filter((r) => r.suite === suite.id);
  const series = report.series.filter((s) => s.suite === suite.id);
  const maps = (report.heatMaps ?? []).filter((map) => map.suite === suite.id);
  const charts = [
    ...maps.map(cells),
    ...metricsOf(rows).map((some) =>
      both((theme) => barChart(some, theme, colours), `${suite.title}: ${some[0]!.metric}`),
    ),
    ...series.map((each) => lines(each, colours)),
  ];
  const failed = `<p class="miss">◆ This suite failed: ${quote(suite.failure ?? 'it has no figures')}</p>`;
  return `<section><h3>${quote(suite.title)}</h3>
<p>${quote(suite.about)}</p>
${charts.length === 0 ? failed : charts.join('\n')}
${marks(rows)}
${rows.length === 0 ? '' : `<details><summary>Figures</summary>${metricsOf(rows).map(figures).join('')}</details>`}
<p class="again"><code>${quote(suite.command)}</code></p></section>`;
}

/** What the marks of a suite's charts mean, which have no room for it. */
function marks(rows: readonly Row[]): string {
  const marked = rows.filter((row) => remarksOf(row).length > 0);
  const said = new Set(marked.map((row) => `${row.contender}: ${remarksOf(row).join('; ')}`));
  return said.size === 0 ? '' : `<p class="marks">${MARK.trim()} ${[...said].map(quote).join('<br>')}</p>`;
}

function lines(series: Series, colours: Colours): string {
  return `<p class="chart">${quote(series.title)}</p>${both((theme) => lineChart(series, theme, colours), series.title)}`;
}

function cells(map: HeatMap): string {
  return `<p class="chart">${quote(map.title)}</p>${both((theme) => heatChart(map, theme), map.title)}`;
}

function figures(rows: readonly Row[]): string {
  const body = rows.map((r) => {
    const limit = limitOf(r, '● pass', '◆ miss');
    const remarks = remarksOf(r).map((remark) => ` ≈ ${remark}`);
    return `<tr><td>${quote(r.contender)}<small>${remarks.join('')}</small></td><td class="n">${quote(figure(r.value, r.unit))}</td><td class="n">${interval(r)}</td><td class="n">${r.runs}</td><td>${limit}</td></tr>`;
  });
  const what = quote(rows[0]?.metric ?? '');
  return `<table><thead><tr><th></th><th class="n">${what}</th><th class="n">95 %</th><th class="n">Runs</th><th></th></tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

/** A chart for light and one for dark pages, of which the page shows the one that fits. */
function both(chart: (theme: Theme) => string, label: string): string {
  const one = (theme: Theme) =>
    `<div class="${theme.name}" role="img" aria-label="${quote(label)}">${chart(theme)}</div>`;
  return `<figure>${themes.map(one).join('')}</figure>`;
}

function style(): string {
  const [light, dark] = themes as readonly [Theme, Theme];
  const colours = (t: Theme) =>
    `--back:${t.back};--panel:${t.panel};--text:${t.text};--soft:${t.soft};--line:${t.grid};--pass:${t.pass};--miss:${t.miss}`;
  return `
:root{${colours(light)}}
@media (prefers-color-scheme:dark){:root{${colours(dark)}}.light{display:none}}
@media not (prefers-color-scheme:dark){.dark{display:none}}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:28px;margin:0 0 12px}h2{font-size:21px;margin:36px 0 12px;border-bottom:1px solid var(--line);padding-bottom:4px}h3{font-size:16px;margin:0 0 2px}
section{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:16px 18px 8px;margin:0 0 14px}
section p{margin:0 0 8px;color:var(--soft)}section p.chart{color:var(--text);margin:14px 0 0}
figure{margin:10px 0;max-width:800px}figure svg{max-width:100%;height:auto;display:block}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}.facts dt{color:var(--soft)}.facts dd{margin:0}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}td.pass,td.miss,.w{white-space:nowrap}
.pass{color:var(--pass)}.miss,section p.miss{color:var(--miss);font-weight:600}
code{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}small{color:var(--soft)}
.scroll{overflow-x:auto}details{margin:4px 0 8px}summary{cursor:pointer;color:var(--soft)}.again,section p.marks{font-size:13px}
`;
}

/** Text as HTML text or attribute. */
function quote(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
