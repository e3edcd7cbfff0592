import { fileURLToPath } from 'node:url';
import type { Bench } from '../define-bench.ts';
import { describeMachine } from '../report/machine.ts';
import { type Report, type ReportedSuite, reportRatios, SCHEMA } from '../report/report.ts';
import type { Estimate } from '../stats/stats.ts';
import type { Row, Series, Suite, SuiteResult } from '../suite.ts';
import type { RunOptions } from './run-bench.ts';

const METHOD =
  'Each suite runs in a process of its own. Contenders run in turns; the output of each is compared with that of the first, which is the program written by hand where there is one, ' +
  'before anything is timed. They run uncounted until none of them gets faster; rows of those that did not settle in time say so. Before each run garbage is collected and a quarter of its batches run untimed. A value is the median of the ' +
  'runs, a ratio the median of the ratios of runs of the same round, the interval 95 % bootstrap (percentiles, 2,000 draws, seeded). Before each run a small loop that is always the ' +
  'same shows how fast the machine is: where it differs by more than 10 % between contenders, the row is marked. Runs are added while an interval is wider than 3 % and the budget lasts.';

/** What a suite found, or why it found nothing. */
export type Outcome = SuiteResult | string;

/** A report that grows suite by suite. */
export class Draft {
  readonly #bench: Bench;
  readonly #base: string;
  readonly #about: Omit<Report, 'ratios' | 'suites' | 'rows' | 'series' | 'complete' | 'seconds'>;
  readonly #flags: string;
  readonly #measured: Record<string, Estimate> = {};
  readonly #suites: ReportedSuite[] = [];
  readonly #rows: Row[] = [];
  readonly #series: Series[] = [];
  readonly #earlierSeconds: number = 0;
  readonly #from = performance.now();

  constructor(bench: Bench, options: RunOptions, about: { file: URL; runs: number; quick: boolean }) {
    this.#bench = bench;
    const { resume, command = { base: `millrace-bench ${fileURLToPath(about.file)}`, args: [] } } = options;
    this.#base = command.base;
    this.#flags = `${about.quick ? ' --quick' : ''}${about.runs === 5 ? '' : ` --runs ${about.runs}`}`;
    const machine = describeMachine(fileURLToPath(new URL('.', about.file)));
    this.#about = {
      schema: SCHEMA,
      title: bench.title,
      ...machine,
      date: resume?.date ?? new Date().toISOString(),
      command: [command.base, ...command.args].join(' ').replace(/ --$/, ''),
      nodeFlags: process.execArgv,
      quick: about.quick,
      method: METHOD,
    };
    if (resume === undefined) return;
    checkSame(resume, this.#about);
    const failed = new Set(resume.suites.filter(({ failure }) => failure !== undefined).map(({ id }) => id));
    this.#suites.push(...resume.suites.filter(({ id }) => !failed.has(id)));
    this.#rows.push(...resume.rows);
    this.#series.push(...resume.series);
    for (const [id, { value, low, high, runs }] of Object.entries(resume.ratios))
      this.#measured[id] = { value, low, high, runs };
    this.#earlierSeconds = resume.seconds;
  }

  has(id: string): boolean {
    return this.#suites.some((suite) => suite.id === id);
  }

  add({ id, title, group, about }: Suite, outcome: Outcome, seconds: number): void {
    const failure = typeof outcome === 'string' ? { failure: outcome.split('\n')[0] ?? '' } : {};
    this.#suites.push({ id, title, group, about, seconds, command: this.#commandOf(id), ...failure });
    if (typeof outcome === 'string') return;
    this.#rows.push(...outcome.rows);
    this.#series.push(...(outcome.series ?? []));
    for (const [ratio, value] of Object.entries(outcome.ratios))
      if (this.#bench.ratios.some((each) => each.id === ratio && each.suite === id)) this.#measured[ratio] = value;
  }

  report(complete: boolean): Report {
    return {
      ...this.#about,
      seconds: this.#earlierSeconds + (performance.now() - this.#from) / 1000,
      complete,
      ratios: reportRatios(this.#measured, this.#bench.ratios, (suite) => this.#commandOf(suite)),
      suites: [...this.#suites],
      rows: [...this.#rows],
      series: [...this.#series],
    };
  }

  #commandOf(suite: string): string {
    return `${this.#base} --only ${suite}${this.#flags}`;
  }
}

/** What was measured elsewhere does not belong into the same report. @throws Error naming what differs */
function checkSame(
  earlier: Report,
  now: Pick<Report, 'commit' | 'node' | 'cpuModel' | 'quick' | 'schema' | 'title'>,
): void {
  for (const key of ['schema', 'title', 'commit', 'node', 'cpuModel', 'quick'] as const) {
    if (earlier[key] === now[key]) continue;
    throw new Error(
      `--resume: the result that is there has ${key} ${String(earlier[key])}, and this run ${String(now[key])}: run without --resume, or with another --out`,
    );
  }
}
