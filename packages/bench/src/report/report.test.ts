import { expect, it } from 'vitest';
import { passes, type RatioDefinition } from '../suite.ts';
import { htmlReport } from './html.ts';
import { markdownPage, markdownReport } from './markdown.ts';
import { type Report, reportRatios, SCHEMA } from './report.ts';
import { Colours } from './theme.ts';

const definitions: readonly RatioDefinition[] = [
  { id: 'wordcount.single/loop', title: 'Speed', suite: 'wordcount-lines', direction: 'at least', bound: 0.8 },
  { id: 'empty.threads2/roundtrip', title: 'Time', suite: 'empty', direction: 'at most', bound: 5 },
];
const estimate = (value: number) => ({ value, low: value * 0.9, high: value * 1.1, runs: 5 });

const report: Report = {
  schema: SCHEMA,
  title: 'A bench',
  nodeFlags: [],
  complete: true,
  quick: true,
  commit: 'c0ffee00c0ffee00',
  dirty: true,
  node: 'v24.0.0',
  v8: '13.6',
  cpus: 2,
  cpuModel: 'A <fast> one',
  memoryGb: 8,
  platform: 'linux x64',
  loadBefore: 0.1,
  date: '2026-01-02T03:04:05.000Z',
  command: 'npx nx run bench',
  seconds: 60,
  method: 'medians',
  ratios: reportRatios(
    { 'wordcount.single/loop': estimate(0.9), 'empty.threads2/roundtrip': estimate(7) },
    definitions,
    (suite) => `npx nx run bench -- --only ${suite} --quick`,
  ),
  suites: [
    {
      id: 'grep',
      title: 'Grep',
      group: 'Moby Dick',
      about: 'Lines with "whale".',
      seconds: 1,
      command: 'npx nx run bench -- --only grep',
    },
    {
      id: 'broken',
      title: 'Broken',
      group: 'Flights',
      about: '',
      seconds: 1,
      command: 'npx nx run bench -- --only broken',
      failure: 'it <broke>',
    },
  ],
  series: [
    {
      suite: 'grep',
      title: 'Around a kill',
      x: { title: 'time', unit: 's' },
      y: { title: 'time of a batch', unit: 'ms' },
      lines: [
        {
          contender: 'threads(2)',
          points: [
            [0, 1],
            [1, 5],
          ],
        },
      ],
      marks: [{ x: 0.5, label: 'worker killed' }],
    },
  ],
  rows: [
    {
      suite: 'grep',
      contender: 'hand-written loop',
      metric: 'throughput',
      unit: 'words/s',
      better: 'higher',
      ...estimate(2e8),
    },
    {
      suite: 'grep',
      contender: 'threads(2)',
      metric: 'throughput',
      unit: 'words/s',
      better: 'higher',
      limit: 1,
      ...estimate(3e8),
    },
  ],
};

it('says whether values keep a bound or miss it', () => {
  const [least, most] = definitions as [RatioDefinition, RatioDefinition];
  expect([passes(least, estimate(0.8)), passes(least, estimate(0.79))]).toEqual([true, false]);
  expect([passes(most, estimate(5)), passes(most, estimate(5.01))]).toEqual([true, false]);
});

it('reports measured ratios with bound, outcome and the command that measures them again', () => {
  expect(report.ratios).toMatchObject({
    'wordcount.single/loop': {
      value: 0.9,
      runs: 5,
      pass: true,
      command: 'npx nx run bench -- --only wordcount-lines --quick',
    },
    'empty.threads2/roundtrip': { pass: false, bound: 5 },
  });
});

it('writes Markdown with every figure', () => {
  const text = markdownReport(report);
  expect(text).toContain('| `wordcount.single/loop` | **0.90** | 0.81 – 0.99 | at least 0.8 | pass | 5 |');
  expect(text).toContain('| hand-written loop | 200 M words/s | 180 M – 220 M | 5 |');
  expect(text).toContain('300 M words/s (at most 1: **miss**)');
  expect(text).toContain('with uncommitted changes');
  expect(text).toContain('This suite failed: it \\<broke>');
});

it('writes one page with charts inside that asks for nothing else', () => {
  const page = htmlReport(report);
  expect(page.match(/<svg/g)).toHaveLength(6);
  expect(page).toContain('A &lt;fast&gt; one');
  expect(page).toContain('200 M words/s');
  expect(page).toContain('◆ miss');
  expect(page).toContain('it &lt;broke&gt;');
  expect(page).toContain('worker killed');
  expect(page).toContain('prefers-color-scheme:dark');
  const addresses = page.match(/https?:\/\/[^"' ]+/g) ?? [];
  expect(addresses.filter((a) => !a.startsWith('http://www.w3.org/'))).toEqual([]);
  expect(page).not.toMatch(/<script|<link|@import|\bsrc=/);
});

it('shows the heat maps of a suite above its bars', () => {
  const [x, y] = ['size', 'operator'].map((title) => ({ title, labels: ['1'] }));
  const value = { title: 'max over mean', unit: '' };
  const map = { suite: 'grep', title: 'How <even>', x: x!, y: y!, value, maps: [{ contender: 'auto', cells: [[7]] }] };
  const drawn = { ...report, heatMaps: [map, { ...map, suite: 'broken', title: 'Not here' }] };
  const page = htmlReport(drawn);
  const [heat, bars] = ['aria-label="How &lt;even&gt;"', 'aria-label="Grep: throughput"'].map((text) =>
    page.indexOf(text),
  );
  expect(heat).toBeGreaterThan(0);
  expect(bars).toBeGreaterThan(heat!);
  expect(page.match(/aria-label="How/g)).toHaveLength(2);
  const text = markdownReport(drawn);
  expect(text.indexOf('| auto | 1 | 7.00 |')).toBeGreaterThan(text.indexOf('## Grep'));
  expect(text.indexOf('| auto | 1 | 7.00 |')).toBeLessThan(text.indexOf('| hand-written loop |'));
});

it('shows several reports as one page, a chapter each, and their methods once', () => {
  const page = markdownPage(
    [
      { name: 'full', report },
      { name: 'peers', report: { ...report, complete: false, dirty: false } },
    ],
    { title: 'Benchmarks', introduction: 'Generated.' },
  );
  expect(page.match(/^#+ .*$/gm)).toEqual([
    '# Benchmarks',
    '## full',
    '### Promised ratios',
    '### Grep',
    '### Broken',
    '## peers',
    '### Promised ratios',
    '### Grep',
    '### Broken',
    '## Method',
  ]);
  expect(page.match(/ended before all suites had run/g)).toHaveLength(1);
  expect(page.match(/medians/g)).toHaveLength(1);
});

it('shows a short chart as a table too, and names a long one', () => {
  const [series] = report.series;
  const points = (n: number) => Array.from({ length: n }, (_, i) => [i, 2 * i] as const);
  const lines = [
    { contender: 'a', points: points(3) },
    { contender: 'b', points: points(2) },
  ];
  expect(markdownReport({ ...report, series: [{ ...series!, lines }] })).toContain(
    '| | a | b |\n|---|--:|--:|\n| 0.00 s | 0.00 ms | 0.00 ms |\n| 1.00 s | 2.00 ms | 2.00 ms |\n| 2.00 s | 4.00 ms |  |',
  );
  const long = [{ contender: 'a', points: points(17) }];
  expect(markdownReport({ ...report, series: [{ ...series!, lines: long }] })).toContain('a chart of 17 points');
});

it('says in words what is to be known of a row', () => {
  const [row] = report.rows;
  const warmUp = { runs: 21, steady: false };
  const rows = [{ ...row!, drifted: true, warmUp }];
  expect(markdownReport({ ...report, rows })).toContain(
    '(the machine had changed) (may still be getting faster after 21 runs)',
  );
  expect(htmlReport({ ...report, rows })).toContain('≈ may still be getting faster after 21 runs');
  // Below the charts too, which have the mark alone.
  const below = `<p class="marks">≈ ${row!.contender}: the machine had changed; may still be getting faster after 21 runs</p>`;
  expect(htmlReport({ ...report, rows })).toContain(below);
  expect(htmlReport({ ...report, rows: [row!] })).not.toContain('class="marks"');
});

it('keeps text of Markdown from being HTML, or another cell', () => {
  const [row] = report.rows;
  const [suite] = report.suites;
  const text = markdownReport({
    ...report,
    title: 'a <b>',
    suites: [{ ...suite!, title: 'top | <k>', about: 'one\ntwo' }],
    rows: [{ ...row!, contender: 'f<T> | g', metric: 'm|n' }],
  });
  expect(text).toContain('# a \\<b>\n');
  expect(text).toContain('## top \\| \\<k>\n\none two `');
  expect(text).toContain('| | m\\|n | 95 %');
  expect(text).toContain('| f\\<T> \\| g | 200 M');
});

it('has neither a comma nor a second space where there is no unit', () => {
  const row = { ...report.rows[0]!, metric: 'wrong batches', unit: '', ...estimate(0), limit: 0 };
  const [series] = report.series;
  const x = { title: 'partitions', unit: '' };
  const bare = { ...report, rows: [row], series: [{ ...series!, x }] };
  expect(markdownReport(bare)).toContain('| hand-written loop | 0.00 (at most 0: pass) |');
  const page = htmlReport(bare);
  expect(page).toContain('>wrong batches<');
  expect(page).toContain('>partitions<');
  expect(page).toContain('<td class="n">0.00</td>');
});

it('says the version of the engine, where it is known', () => {
  for (const show of [markdownReport, htmlReport]) expect(show(report)).not.toContain('Millrace');
  const noted = { ...report, engine: '1.2.3', harness: '1.2.4' };
  expect(markdownReport(noted)).toContain('\n- Millrace 1.2.3, measured by @millrace/bench 1.2.4\n');
  expect(htmlReport({ ...noted, harness: '1.2.3' })).toContain('<dt>Millrace</dt><dd>1.2.3</dd>');
});

it('says that a run was ended', () => {
  const said = 'ended before all suites had run';
  for (const show of [markdownReport, htmlReport]) {
    expect(show(report)).not.toContain(said);
    expect(show({ ...report, complete: false })).toContain(said);
  }
});

it('marks on charts what has remarks', () => {
  const [first, second] = report.rows;
  const page = htmlReport({ ...report, rows: [{ ...first!, drifted: true }, second!] });
  const [chart] = /<svg.*?<\/svg>/s.exec(page.slice(page.indexOf('aria-label="Grep: throughput"')))!;
  expect(chart).toContain('>hand-written loop ≈<');
  expect(chart).toContain('>threads(2)<');
});

it('colours by what a contender runs on, so that quantiles do not use colours up', () => {
  const titles = ['single', 'threads(2)'].flatMap((on) => ['p50', 'p90', 'p99', 'max'].map((q) => `${on}: ${q}`));
  const colours = new Colours([...titles, 'hand-written loop']);
  expect(new Set(titles.map((title) => colours.of(title))).size).toBe(2);
  expect(colours.of('threads(2): max')).toBe(colours.of('threads(2)'));
  expect(colours.of('hand-written loop: p50')).not.toBe(colours.of('single: p50'));
});
