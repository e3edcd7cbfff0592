import { fileURLToPath } from 'node:url';
import type { Bench } from '../define-bench.ts';
import { describeMachine, nodeFlags } from '../report/machine.ts';
import { type Report, type ReportedSuite, reportRatios, SCHEMA } from '../report/report.ts';
import type { Estimate } from '../stats/stats.ts';
import type { HeatMap, Row, Series, Suite, SuiteResult } from '../suite.ts';
import { commandArgs } from './command-args.ts';
import type { RunOptions } from './run-bench.ts';

const METHOD =
  'Each suite runs in a process of its own. Where output is compared, it is before anything is timed. Contenders of a race take turns, after uncounted runs until none of them gets faster ' +
  '(rows of those that did not settle in time say so); an open load gives records at their time, whether or not the job is ready for them; a search halves the interval between a load that a job ' +
  'bears and one that it does not. A value is the median of the runs, a ratio the median of the ratios of runs of the same round, the interval 95 % bootstrap (percentiles, 2,000 draws, seeded). ' +
  'Before runs a small loop that is always the same shows how fast the machine is: where it differs by more than 10 % between contenders, or its quartiles are more than 1.25 times apart ' +
  'between the runs of one contender, the row is marked. ' +
  'While an interval of a race is wider than 3 % and the budget lasts, runs are added.';

/** What a suite found, or why it found nothing. */
export type Outcome = SuiteResult | string;

/** A report that grows suite by suite. */
export class Draft {
  readonly #bench: Bench;
  readonly #base: string;
  readonly #about: Omit<Report, 'ratios' | 'suites' | 'rows' | 'series' | 'heatMaps' | 'complete' | 'left' | 'seconds'>;
  readonly #flags: string;
  readonly #measured: Record<string, Estimate> = {};
  readonly #suites: ReportedSuite[] = [];
  readonly #left = new Set<string>();
  readonly #rows: Row[] = [];
  readonly #series: Series[] = [];
  readonly #heatMaps: HeatMap[] = [];
  readonly #earlierSeconds: number = 0;
  readonly #from = performance.now();

  constructor(
    bench: Bench,
    options: RunOptions,
    about: { file: URL; runs: number; processes: number; quick: boolean },
  ) {
    this.#bench = bench;
    const { resume } = options;
    const command = options.command ?? {
      base: `millrace-bench ${fileURLToPath(about.file)}`,
      args: commandArgs(options),
    };
    this.#base = command.base;
    this.#flags = `${about.quick ? ' --quick' : ''}${about.runs === 5 ? '' : ` --runs ${about.runs}`}${about.processes === 1 ? '' : ` --processes ${about.processes}`}`;
    this.#about = {
      schema: SCHEMA,
      title: bench.title,
      ...describeMachine(fileURLToPath(about.file), jobPaths(bench)),
      date: resume?.date ?? new Date().toISOString(),
      // What a run goes on with was begun by that command.
      command: resume?.command ?? [command.base, ...command.args].join(' ').replace(/ --$/, ''),
      nodeFlags: nodeFlags(),
      leastRuns: about.runs,
      ...(about.processes === 1 ? {} : { processes: about.processes }),
      quick: about.quick,
      method: METHOD,
    };
    if (resume === undefined) return;
    checkSame(resume, this.#about);
    this.#suites.push(...resume.suites);
    const known = new Set(bench.suites.map(({ id }) => id));
    for (const id of resume.left ?? []) if (known.has(id)) this.#left.add(id);
    this.#rows.push(...resume.rows);
    this.#series.push(...resume.series);
    this.#heatMaps.push(...(resume.heatMaps ?? []));
    for (const [id, { value, low, high, runs }] of Object.entries(resume.ratios))
      this.#measured[id] = { value, low, high, runs };
    this.#earlierSeconds = resume.seconds;
  }

  /** Whether a suite has figures already. */
  has(id: string): boolean {
    return this.#suites.some((suite) => suite.id === id && suite.failure === undefined);
  }

  /** These are to run. */
  begin(suites: readonly Suite[]): void {
    for (const { id } of suites) this.#left.add(id);
  }

  add({ id, title, group, about }: Suite, outcome: Outcome, seconds: number): void {
    const failure = typeof outcome === 'string' ? { failure: outcome.split('\n')[0] ?? '' } : {};
    this.#left.delete(id);
    // Of a suite that has failed before there is nothing but that.
    const before = this.#suites.findIndex((suite) => suite.id === id);
    if (before >= 0) this.#suites.splice(before, 1);
    this.#suites.push({ id, title, group, about, seconds, command: this.#commandOf(id), ...failure });
    if (typeof outcome === 'string') return;
    this.#rows.push(...outcome.rows);
    this.#series.push(...(outcome.series ?? []));
    this.#heatMaps.push(...(outcome.heatMaps ?? []));
    for (const [ratio, value] of Object.entries(outcome.ratios))
      if (this.#bench.ratios.some((each) => each.id === ratio && each.suite === id)) this.#measured[ratio] = value;
  }

  /** All that there is so far; complete if no suite is left that was to run. */
  report(): Report {
    const left = [...this.#left];
    return {
      ...this.#about,
      seconds: this.#earlierSeconds + (performance.now() - this.#from) / 1000,
      complete: left.length === 0,
      ...(left.length === 0 ? {} : { left }),
      ratios: reportRatios(this.#measured, this.#bench.ratios, (suite) => this.#commandOf(suite)),
      suites: [...this.#suites],
      rows: [...this.#rows],
      series: [...this.#series],
      ...(this.#heatMaps.length === 0 ? {} : { heatMaps: [...this.#heatMaps] }),
    };
  }

  #commandOf(suite: string): string {
    return `${this.#base} --only ${suite}${this.#flags}`;
  }
}

/** The job modules that workloads name, as far as they are files. */
function jobPaths({ jobs = [] }: Bench): string[] {
  return jobs.filter(({ protocol }) => protocol === 'file:').map((job) => fileURLToPath(job));
}

/** What has to be the same in both runs, and how it is called. */
const SAME = {
  schema: 'the version of results',
  title: 'the title',
  file: 'the bench file',
  commit: 'the commit',
  changes: 'the hash of what no commit has (changes, and files of the bench that git does not have)',
  engine: 'the version of @millrace/core',
  harness: 'the version of @millrace/bench',
  node: 'Node',
  cpuModel: 'the processor',
  cpus: 'the number of processors',
  memoryGb: 'the memory in GB',
  nodeFlags: 'the list of flags of Node',
  quick: 'quick',
  leastRuns: 'the least number of runs',
  processes: 'the number of processes',
} as const satisfies Partial<Record<keyof Report, string>>;

/** What was measured elsewhere, or of other code, does not belong into the same report. @throws Error naming what differs */
function checkSame(earlier: Report, now: Pick<Report, keyof typeof SAME>): void {
  for (const key of Object.keys(SAME) as (keyof typeof SAME)[]) {
    const [then, here] = [earlier, now].map((each) => shown(each[key])) as [string, string];
    if (then === here) continue;
    throw new Error(
      `--resume: in the result that is there ${SAME[key]} is ${then}, and in this run it is ${here}: run without --resume, or with another --out`,
    );
  }
}

function shown(value: Report[keyof typeof SAME]): string {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
