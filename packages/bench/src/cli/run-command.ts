import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Argument, type Command } from 'commander';
import type { Bench } from '../define-bench.ts';
import { markdownReport } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { addToStepSummary } from '../report/step-summary.ts';
import { commandArgs } from '../run/command-args.ts';
import { loadBench, type RunObserver, type RunOptions, runBench } from '../run/run-bench.ts';
import { collections, collectionsOf, namedRatios, type Selection, select } from '../run/select.ts';
import { Progress } from '../terminal/progress.ts';
import { summary } from '../terminal/summary.ts';
import { table } from '../terminal/table.ts';
import { collect, parseDuration, parseName, parseProcesses, parseRuns } from './options.ts';
import { Results } from './results.ts';

/** What the command line says. */
interface Options {
  readonly only: string[];
  readonly list?: true;
  readonly quick?: true;
  readonly runs?: number;
  readonly processes?: number;
  readonly budget?: number;
  readonly silent?: number;
  readonly dir: string;
  readonly out?: string;
  readonly resume?: true;
}

/** How the run was started, where that is not `millrace-bench FILE`: a script that wraps it says so. */
const BASE = 'MILLRACE_BENCH_COMMAND';
const INTERRUPTED = 130;
/** Base names of results: what is run to look at a few suites does not replace what all of them gave. */
const NAMES = { all: 'latest', only: 'only' };

/** `millrace-bench FILE [suite NAME]`: runs a bench. */
export function runCommand(command: Command, ended: (code: number) => void): void {
  command
    .description('runs the suites of a bench file')
    .argument('<file>', 'a module whose default export is what defineBench gives')
    .addArgument(new Argument('[suite]', 'the word suite, before the name of a collection').choices(['suite']))
    .argument('[name]', 'which collection of suites; quick unless given, all for every suite')
    .option(
      '--only <id>',
      'a suite or a ratio, or the beginning of its id, of the collection if one is named; may be repeated',
      collect,
      [],
    )
    .option('--list', 'prints ids of suites and ratios: all, or those of the collection and of --only')
    .option('--quick', 'smaller sizes; the collection quick has them in any case')
    .option('--runs <n>', 'least counted runs of each contender (5)', parseRuns)
    .option(
      '--processes <n>',
      'how many processes each suite is run in (1); compare sees smaller changes with 3 or more',
      parseProcesses,
    )
    .option(
      '--budget <time>',
      'adds runs until intervals are narrow or the time is over, as in 5m; the least runs are made in any case',
      parseDuration,
    )
    .option('--silent <time>', 'ends a suite of which nothing is heard for so long (65s)', parseDuration)
    .option('--dir <directory>', 'where results go', 'bench-results')
    .option('--out <name>', `base name of their files (${NAMES.all}; with --only: ${NAMES.only})`, parseName)
    .option(
      '--resume',
      'goes on with the run that was ended, or with the result: suites that have figures are not run again',
    )
    .action(async (file: string, word: string | undefined, name: string | undefined, options: Options) => {
      if (word !== undefined && name === undefined) command.error('error: suite takes the name of a collection');
      ended(await run(file, name, options));
    });
}

async function run(path: string, collection: string | undefined, options: Options): Promise<number> {
  const file = pathToFileURL(resolve(path));
  const bench = await loadBench(file);
  if (options.list) {
    process.stdout.write(listing(bench, { collection, only: options.only }));
    return 0;
  }
  const { dir, only, out = only.length > 0 ? NAMES.only : NAMES.all } = options;
  const results = new Results(resolve(dir), out);
  results.begin();
  try {
    return await runInto(results, { file, path, bench, collection, options });
  } finally {
    results.close();
  }
}

/** A run whose files are there. */
async function runInto(
  results: Results,
  run: { file: URL; path: string; bench: Bench; collection: string | undefined; options: Options },
): Promise<number> {
  const { file, path, bench, collection, options } = run;
  const { only, quick, runs, processes, budget, silent } = options;
  const resume = options.resume ? await results.earlier() : undefined;
  const replaced = options.resume ? null : await results.replaced();
  if (replaced !== null) process.stderr.write(`${replaced}\n`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  let failed = 0;
  const observer = observing(async (report, failure) => {
    if (failure !== null) failed += 1;
    // What is done is kept, whatever becomes of the rest; where it cannot be, what is measured is still shown.
    await unless('The result so far is not written', () => results.keep(report));
  });
  const base = process.env[BASE] ?? `millrace-bench ${path}`;
  const how: RunOptions = {
    collection,
    only,
    quick,
    runs,
    processes,
    budgetMs: budget,
    silentMs: silent,
    resume,
    signal: stopping.signal,
    observer,
  };
  const from = performance.now();
  const report = await runBench(file, { ...how, command: { base, args: commandArgs(how) } });
  const took = performance.now() - from;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
  const files = await unless('The result is not written', () => results.end(report));
  process.stdout.write(`\n${summary(report)}\n\n${(files ?? []).join('\n')}\n`);
  const isToldThere = await unless('The summary of the step is not written', () =>
    addToStepSummary(markdownReport(report)).then(() => true),
  );
  if (files === null || isToldThere === null) failed += 1;
  for (const { id, suite } of namedRatios(bench, only))
    if (
      report.ratios[id] === undefined &&
      report.suites.some((each) => each.id === suite && each.failure === undefined)
    )
      process.stderr.write(
        `--only ${id}: the suite ${suite} gave no value of this ratio, here and with these options\n`,
      );
  if (budget !== undefined && took > 1.1 * budget)
    process.stderr.write(
      `The budget of ${seconds(budget)} was over before the least runs were: all took ${seconds(Math.round(took / 1000) * 1000)}. --only and --quick measure less.\n`,
    );
  if (files?.length === 0) process.stderr.write('No suite has run: no result is written.\n');
  else if (report.left !== undefined)
    process.stderr.write(`Not run: ${someOf(report.left)}. --resume goes on from here.\n`);
  if (stopping.signal.aborted && report.left !== undefined) return INTERRUPTED;
  return failed === 0 ? 0 : 1;
}

/** What is done and may fail without an end of the run: null then, and a line that says why. */
async function unless<T>(failure: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (e) {
    process.stderr.write(`${failure}: ${(e as Error).message}\n`);
    return null;
  }
}

function observing(keep: (report: Report, failure: string | null) => Promise<void>): RunObserver {
  let progress = new Progress(process.stderr, 0);
  return {
    begin: (suites, done) => {
      if (done > 0) process.stderr.write(`${done === 1 ? '1 suite is' : `${done} suites are`} done already\n`);
      progress = new Progress(process.stderr, suites.length);
    },
    skipped: ({ id }, reason) => process.stderr.write(`${id}: not run, it ${reason}\n`),
    suiteBegun: ({ title }) => progress.begin(title),
    progress: (done, doing) => progress.update(done, doing),
    suiteEnded: async ({ id }, report, failure) => {
      progress.end(failure === null ? 'done' : 'FAILED');
      if (failure !== null) process.stderr.write(`${id}: ${failure}\n`);
      await keep(report, failure);
    },
  };
}

const seconds = (ms: number) => `${ms / 1000} s`;

/** The first of many ids. */
function someOf(ids: readonly string[]): string {
  const more = ids.length - 3;
  return `${ids.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a selection has; of a bench as a whole, where nothing is selected. */
function listing(bench: Bench, selection: Selection): string {
  const isAll = selection.collection === undefined && selection.only?.length === 0;
  const listed = select(bench, isAll ? { collection: 'all' } : selection);
  const ids = new Set(listed.map(({ id }) => id));
  const suites = listed.map((suite) => [suite.id, collections(suite).join(' '), suite.title]);
  const promised = bench.ratios.filter(({ suite }) => ids.has(suite));
  const ratios = promised.map(({ id, suite, direction, bound }) => [id, suite, `${direction} ${bound}`]);
  const counts = [...collectionsOf(bench)].map(([name, n]) => [name, String(n)]);
  const tables = [
    table(['suite', 'collections', 'what'], suites, [0, 1, 2]),
    ...(ratios.length === 0 ? [] : [table(['ratio', 'suite', 'bound'], ratios, [0, 1, 2])]),
    table(['collection', 'suites'], counts),
  ];
  return `${tables.join('\n\n')}\n`;
}
