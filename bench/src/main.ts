import { runIsolated } from './harness/isolate.ts';
import type { Row, Suite } from './harness/suite.ts';
import { type BenchOptions, parseOptions, repeatFlags, USAGE } from './options.ts';
import { describeMachine } from './report/machine.ts';
import { ratioDefinitions } from './report/ratios.ts';
import { commandOf, type Report, type ReportedSuite, reportRatios, SCHEMA } from './report/report.ts';
import { writeReport } from './report/write.ts';
import type { Estimate } from './stats/stats.ts';
import { suites } from './suites/index.ts';
import { Progress } from './terminal/progress.ts';
import { summary } from './terminal/summary.ts';
import { table } from './terminal/table.ts';

const METHOD =
  'Each suite runs in a process of its own. Contenders run in turns; the output of each is compared with that of the hand-written loop ' +
  'before anything is timed, and short runs are warmed up twice more; before each run garbage is collected and a quarter of its batches run untimed. A value is the median of the ' +
  'runs, a ratio the median of the ratios of runs of the same round, the interval 95 % bootstrap (percentiles, 2,000 draws, seeded).';

/** The suites that a command line asks for. @throws Error when an id means none */
function selected({ only, quick }: BenchOptions): readonly Suite[] {
  if (only.length === 0) return suites.filter((s) => !quick || s.quick).filter(canRun);
  const wanted = new Set<string>();
  for (const id of only) {
    const exact = suites.filter((s) => s.id === id);
    const found = exact.length > 0 ? exact : suites.filter((s) => s.id.startsWith(id));
    const byRatio = ratioDefinitions.filter((r) => r.id === id || (found.length === 0 && r.id.startsWith(id)));
    if (found.length + byRatio.length === 0)
      throw new Error(`--only ${id}: no suite or ratio begins with it; --list shows them`);
    for (const suite of found) wanted.add(suite.id);
    for (const ratio of byRatio) wanted.add(ratio.suite);
  }
  return suites.filter((s) => wanted.has(s.id)).filter(canRun);
}

/** Says in a line of a suite that cannot run here why that is. */
function canRun({ id, needs }: Suite): boolean {
  const reason = needs?.() ?? null;
  if (reason !== null) process.stderr.write(`${id}: not run, it ${reason}\n`);
  return reason === null;
}

function listing(): string {
  const rows = suites.map((s) => [s.id, s.quick ? 'yes' : '', s.title]);
  const ratios = ratioDefinitions.map((r) => [r.id, r.suite, `${r.direction} ${r.bound}`]);
  return `${table(['suite', 'quick', 'what'], rows, [0, 1, 2])}\n\n${table(['ratio', 'suite', 'bound'], ratios, [0, 1, 2])}\n`;
}

/** Runs the suites one after the other. */
async function measure(options: BenchOptions, chosen: readonly Suite[]): Promise<{ report: Report; failed: number }> {
  const machine = describeMachine();
  const flags = repeatFlags(options);
  const progress = new Progress(process.stderr, chosen.length);
  const from = performance.now();
  const rows: Row[] = [];
  const ratios: Record<string, Estimate> = {};
  const reported: ReportedSuite[] = [];
  let failed = 0;
  for (const suite of chosen) {
    const begun = performance.now();
    progress.begin(suite.title);
    try {
      const result = await runIsolated({ suite: suite.id, quick: options.quick, runs: options.runs }, (done, doing) =>
        progress.update(done, doing),
      );
      rows.push(...result.rows);
      Object.assign(ratios, result.ratios);
      progress.end('done');
    } catch (e) {
      failed += 1;
      progress.end('FAILED');
      process.stderr.write(`${suite.id}: ${e instanceof Error ? e.message : String(e)}\n`);
    }
    const { id, title, group, about } = suite;
    reported.push({
      id,
      title,
      group,
      about,
      seconds: (performance.now() - begun) / 1000,
      command: commandOf(id, flags),
    });
  }
  const only = options.only.flatMap((id) => ['--only', id]);
  const command = ['npx nx run bench', ...(only.length + flags.length > 0 ? ['--', ...only, ...flags] : [])].join(' ');
  const report: Report = {
    schema: SCHEMA,
    ...machine,
    date: new Date().toISOString(),
    command,
    seconds: (performance.now() - from) / 1000,
    method: METHOD,
    ratios: reportRatios(ratios, flags),
    suites: reported,
    rows,
  };
  return { report, failed };
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (options.list) {
    process.stdout.write(listing());
    return 0;
  }
  const { report, failed } = await measure(options, selected(options));
  const files = await writeReport(report, options.out);
  process.stdout.write(`\n${summary(report)}\n\n${files.join('\n')}\n`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  process.stderr.write(`${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
}
