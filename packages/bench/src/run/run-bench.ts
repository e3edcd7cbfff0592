import { fileURLToPath } from 'node:url';
import type { Bench } from '../define-bench.ts';
import type { Report } from '../report/report.ts';
import { POSITIVE, said, TEXTS } from '../report/shape.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { Draft, type Outcome } from './draft.ts';
import { SILENT_MS } from './isolate.ts';
import type { Limits } from './limits.ts';
import { runInProcesses } from './processes.ts';
import { DEFAULT_COLLECTION, type Selection, select } from './select.ts';

/** How a bench is run. */
export interface RunOptions extends Selection {
  /** Smaller sizes. Left out: for the collection `quick` alone. */
  readonly quick?: boolean | undefined;
  /** Least runs of each contender, at least 5. Left out: 5. */
  readonly runs?: number | undefined;
  /** How many processes each suite is run in, one after the other: `compare` sees smaller changes with several. Left out: 1. */
  readonly processes?: number | undefined;
  /**
   * Milliseconds for all suites: while there are some left, runs are added until intervals are narrow. The least runs and the warm-up of
   * every suite are made in any case, so that a run may take longer. Left out: no runs are added in a quick look, else until they are narrow.
   */
  readonly budgetMs?: number | undefined;
  /** Goes on with this report: suites that it has are not run again. */
  readonly resume?: Report | undefined;
  /** How the run was started, for the report: what options can follow, and those that did. Left out: `millrace-bench FILE`, and what was selected. */
  readonly command?: { readonly base: string; readonly args: readonly string[] } | undefined;
  /** Milliseconds after which a suite of which nothing is heard is ended: neither progress nor a batch. Left out: 65,000. */
  readonly silentMs?: number | undefined;
  /** Ends the run: what is done is reported. */
  readonly signal?: AbortSignal | undefined;
  readonly observer?: RunObserver;
}

/** Hears how a run goes. */
export interface RunObserver {
  /** It runs these, `done` of all before them are there already. */
  begin?(suites: readonly Suite[], done: number): void;
  /** It cannot run here, for a reason in a line. */
  skipped?(suite: Suite, reason: string): void;
  suiteBegun?(suite: Suite): void;
  /** The suite is so far, 0 to 1, and does that. */
  progress?(done: number, doing: string): void;
  /** The suite has ended; the report so far can be kept. */
  suiteEnded?(suite: Suite, report: Report, failure: string | null): void | Promise<void>;
}

/** Most runs of a contender, as a multiple of the least. */
const MOST = 4;

/**
 * Runs the suites of a bench one after the other, each in a process of its own, and reports what they found.
 *
 * @param file the module whose default export is what `defineBench` gave: as in `new URL('./my.bench.ts', import.meta.url)`
 * @throws Error where the file is no bench, or an option means nothing
 * @example
 * ```ts
 * import { markdownReport, runBench } from '@millrace/bench';
 *
 * const report = await runBench(new URL('./my.bench.ts', import.meta.url), { budgetMs: 60_000 });
 * console.log(markdownReport(report));
 * ```
 */
export async function runBench(file: URL, options: RunOptions = {}): Promise<Report> {
  checkOptions(options);
  const bench = await loadBench(file);
  const chosen = select(bench, options);
  const { runs = 5, processes = 1, budgetMs, signal, observer = {} } = options;
  if (!Number.isInteger(runs) || runs < 5)
    throw new Error(`runs ${runs}: it takes a whole number of at least 5, since medians of fewer say little`);
  if (!Number.isInteger(processes) || processes < 1)
    throw new Error(`processes ${processes}: it takes a whole number of at least 1`);
  const quick = options.quick ?? isQuick(options);
  const draft = new Draft(bench, options, { file, runs, processes, quick });
  const left = chosen.filter((suite) => !draft.has(suite.id));
  const able = left.filter((suite) => {
    const reason = suite.needs?.() ?? null;
    if (reason !== null) observer.skipped?.(suite, reason);
    return reason === null;
  });
  draft.begin(able);
  observer.begin?.(able, chosen.length - left.length);
  const deadline = budgetMs === undefined ? null : Date.now() + budgetMs;
  for (const [i, suite] of able.entries()) {
    if (signal?.aborted) break;
    observer.suiteBegun?.(suite);
    const share = deadline === null ? null : Date.now() + (deadline - Date.now()) / (able.length - i);
    // Without a budget a quick look is quick.
    const limits: Limits = { runs, mostRuns: quick && deadline === null ? runs : runs * MOST, deadline: share };
    const begun = performance.now();
    const silentMs = Math.max(suite.silentMs ?? 0, options.silentMs ?? SILENT_MS);
    const outcome = await outcomeOf(file, suite, { ...limits, quick, processes }, observer, { signal, silentMs });
    if (signal?.aborted) break;
    draft.add(suite, outcome, (performance.now() - begun) / 1000);
    await observer.suiteEnded?.(suite, draft.report(), typeof outcome === 'string' ? outcome : null);
  }
  return draft.report();
}

/** @throws Error naming an option that means nothing, since a program may be plain JavaScript */
function checkOptions({ only, budgetMs, silentMs }: RunOptions): void {
  if (only !== undefined && !TEXTS.is(only))
    throw new Error(`only is ${said(only)}: it takes a list of ids, as in ['words']`);
  if (budgetMs !== undefined && !(Number.isFinite(budgetMs) && budgetMs >= 0))
    throw new Error(`budgetMs is ${said(budgetMs)}: it takes a number of milliseconds of at least 0`);
  if (silentMs !== undefined && !POSITIVE.is(silentMs))
    throw new Error(`silentMs is ${said(silentMs)}: it takes a number of milliseconds above 0`);
}

/** The bench of a file. @throws Error where there is none */
export async function loadBench(file: URL): Promise<Bench> {
  const { default: bench } = await importBench(file);
  if (!Array.isArray(bench?.suites) || !Array.isArray(bench.ratios))
    throw new Error(`${fileURLToPath(file)} has no bench: its default export has to be what defineBench gives`);
  return bench as Bench;
}

/** @throws Error that says which file could not be imported, and why */
async function importBench(file: URL): Promise<{ readonly default?: Partial<Bench> }> {
  const path = fileURLToPath(file);
  if (!/\.[cm]?[jt]s$/.test(path))
    throw new Error(`${path} is no bench: it takes a module, a file whose name ends with .ts or .js`);
  try {
    return await import(file.href);
  } catch (cause) {
    // A syntax error has its place in the stack alone, and what an import lacks is told by its message.
    const { message, stack } = cause as Error;
    const what = cause instanceof SyntaxError && stack !== undefined ? stack : message;
    throw new Error(`${path} cannot be imported: ${what}`, { cause });
  }
}

/** What is named by itself alone has its full sizes. */
const isQuick = ({ collection, only = [] }: Selection): boolean =>
  (collection ?? (only.length === 0 ? DEFAULT_COLLECTION : '')) === DEFAULT_COLLECTION;

async function outcomeOf(
  file: URL,
  suite: Suite,
  { processes, ...how }: Limits & { readonly quick: boolean; readonly processes: number },
  observer: RunObserver,
  watch: { readonly signal: AbortSignal | undefined; readonly silentMs: number },
): Promise<Outcome> {
  const progress: SuiteContext['progress'] = (done, doing) => observer.progress?.(done, doing);
  try {
    return await runInProcesses({ bench: file.href, suite: suite.id, ...how }, processes, progress, watch);
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}
