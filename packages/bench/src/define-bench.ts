import { checkBackends, checkMeasures, checkRatios, checkSuites, checkWorkload } from './check-definition.ts';
import type { Backends } from './harness/contenders.ts';
import { DEFAULT_BACKENDS } from './harness/contenders.ts';
import type { Measure } from './measures/measure.ts';
import { throughput } from './measures/throughput.ts';
import type { RatioDefinition, Suite } from './suite.ts';
import { sweep, type Workload } from './workload.ts';

/** What `defineBench` takes. */
export interface BenchDefinition {
  /** Heads the report. Left out: `Bench`. */
  readonly title?: string;
  /** Jobs of one's own, each with an input and, best, a reference. */
  // biome-ignore lint/suspicious/noExplicitAny: workloads of different records and parameters stand in one list
  readonly workloads?: readonly Workload<any, any, any>[];
  /** What the workloads run on, by the names that reports show. Left out: `single` and `threads(2)`. */
  readonly backends?: Backends;
  /** What is measured of each workload that does not say it itself. Left out: `throughput()`. */
  readonly measure?: readonly Measure[];
  /** Measurements that are more than a job on backends. */
  readonly suites?: readonly Suite[];
  /** Ratios that suites measure, and what they must be. */
  readonly ratios?: readonly RatioDefinition[];
}

/** What the default export of a bench file is. */
export interface Bench {
  readonly title: string;
  readonly suites: readonly Suite[];
  readonly ratios: readonly RatioDefinition[];
  /** The modules of its workloads' jobs: with the bench file, what tells whether a result is of the same code. */
  readonly jobs?: readonly URL[];
}

/**
 * A bench: each workload with each measure is a suite of its own, named `workload.measure`, and suites of one's own stand
 * beside them. It is the default export of a file that `millrace-bench FILE` runs, each suite in a process of its own.
 *
 * @throws Error where ids are missing, are no names or stand twice, and where something is not what its place is for
 * @example
 * ```ts
 * import { defineBench, generated, throughput } from '@millrace/bench';
 *
 * export default defineBench({
 *   workloads: [
 *     {
 *       id: 'word-count',
 *       title: 'Words of generated lines',
 *       job: new URL('./word-count.job.ts', import.meta.url),
 *       input: generated((n) => `the line ${n % 100} of the text`),
 *       batch: 10_000,
 *     },
 *   ],
 *   measure: [throughput()],
 * });
 * ```
 */
export function defineBench(definition: BenchDefinition): Bench {
  const { title = 'Bench', workloads = [], backends = DEFAULT_BACKENDS, ratios = [] } = definition;
  const { measure = [throughput()], suites: own = [] } = definition;
  checkBackends(backends);
  checkMeasures(measure, 'of the bench');
  checkSuites(own);
  for (const [i, workload] of workloads.entries()) checkWorkload(workload, i);
  const measured = workloads.flatMap((workload) => {
    const measures: readonly Measure[] = workload.measure ?? measure;
    return sweep(workload).flatMap((plain) => measures.map((each) => each.suiteOf(plain, backends)));
  });
  const suites = [...measured, ...own];
  if (suites.length === 0) throw new Error('a bench needs at least one workload, or one suite of its own');
  const known = new Set<string>();
  for (const { id } of suites) {
    if (!/^[\w.=,-]+$/.test(id))
      throw new Error(`the id ${JSON.stringify(id)}: it may have letters, digits, dots, dashes, = and commas`);
    if (known.has(id))
      throw new Error(`the id ${id} stands twice: each suite, and each workload, needs one of its own`);
    known.add(id);
  }
  checkRatios(ratios, known);
  return { title, suites, ratios, jobs: workloads.map(({ job }) => job) };
}
