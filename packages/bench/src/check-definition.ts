import type { Backends } from './harness/contenders.ts';
import type { RatioDefinition } from './suite.ts';
import type { Workload } from './workload.ts';

/** Says of what is no such thing where it belongs, since a bench file may be plain JavaScript. */
function misplaced(value: unknown): string {
  const has = (key: string) => typeof (value as Readonly<Record<string, unknown>> | null)?.[key] === 'function';
  if (has('suiteOf'))
    return `the measure ${idOf(value)} stands among suites: it belongs in measure, of the bench or of a workload`;
  if (has('run')) return `the suite ${idOf(value)} stands among measures: it belongs in suites of the bench`;
  return '';
}

const idOf = (value: unknown): string => String((value as { readonly id?: unknown }).id);

/** @throws Error where an id is missing or empty, naming what has none */
export function checkId(what: string, { id, title }: { readonly id?: unknown; readonly title?: unknown }): void {
  if (typeof id === 'string' && id !== '') return;
  const named = typeof title === 'string' && title !== '' ? ` with the title ${JSON.stringify(title)}` : '';
  throw new Error(
    `${what}${named} has ${id === '' ? 'an empty id' : 'no id'}: it needs a text of letters, digits, dots and dashes`,
  );
}

/** Reports show these. */
function checkWords(what: string, of: object, words: readonly string[]): void {
  for (const word of words)
    if (typeof (of as Readonly<Record<string, unknown>>)[word] !== 'string')
      throw new Error(`${what} has no ${word}: reports show it, so it takes a text`);
}

/** @throws Error where a workload cannot be one, naming it and what is wrong */
// biome-ignore lint/suspicious/noExplicitAny: any workload
export function checkWorkload(workload: Workload<any, any, any>, i: number): void {
  checkId(`workload ${i + 1}`, workload);
  checkWords(`the workload ${workload.id}`, workload, ['title']);
  const { id, job, sweep = {}, measure } = workload;
  if (!((job as unknown) instanceof URL))
    throw new Error(
      `the job of the workload ${id} is ${String(job)}, which is no URL: give the module as new URL('./my.job.ts', import.meta.url)`,
    );
  for (const [name, values] of Object.entries(sweep)) {
    if (!Array.isArray(values))
      throw new Error(
        `the workload ${id} sweeps ${name} over ${String(values)}, which is no array: give it values, as in [1, 10]`,
      );
  }
  if (measure !== undefined) checkMeasures(measure, `of the workload ${id}`);
}

/** @param whose as in `of the bench` @throws Error where nothing is measured, or something is no measure */
export function checkMeasures(measures: readonly unknown[], whose: string): void {
  if (!Array.isArray(measures)) throw new Error(`measure ${whose} is no array: give it measures, as in [throughput()]`);
  if (measures.length === 0)
    throw new Error(`measure ${whose} is empty: give it measures, as in [throughput()], or leave it out`);
  for (const [i, each] of measures.entries()) {
    if (typeof each?.suiteOf === 'function') continue;
    throw new Error(misplaced(each) || `item ${i + 1} of measure ${whose} is no measure, such as throughput() gives`);
  }
}

/** @throws Error where something is no suite */
export function checkSuites(suites: readonly unknown[]): void {
  if (!Array.isArray(suites)) throw new Error('suites of the bench is no array: give it suites, as in [micro({ … })]');
  for (const [i, each] of suites.entries()) {
    if (typeof each?.run !== 'function')
      throw new Error(misplaced(each) || `item ${i + 1} of suites is no suite: it has no function run`);
    checkId(`item ${i + 1} of suites`, each);
    checkWords(`the suite ${each.id}`, each, ['title', 'group', 'about']);
  }
}

/** @throws Error where there is no backend, or one is not made by a function */
export function checkBackends(backends: Backends): void {
  const all = Object.entries(backends);
  if (all.length === 0)
    throw new Error('backends of the bench is empty: give it one, as in { single: () => single() }, or leave it out');
  for (const [name, make] of all)
    if (typeof make !== 'function')
      throw new Error(`the backend ${name} is no function: each job needs a fresh one, as in () => single()`);
}

/** @throws Error where a ratio has no id, no suite that is there, or no bound */
export function checkRatios(ratios: readonly RatioDefinition[], suites: ReadonlySet<string>): void {
  const known = new Set<string>();
  for (const [i, ratio] of ratios.entries()) {
    checkId(`ratio ${i + 1}`, ratio);
    const { id, suite, direction, bound } = ratio;
    if (known.has(id)) throw new Error(`the ratio ${id} stands twice: each needs an id of its own`);
    known.add(id);
    if (!suites.has(suite)) throw new Error(`the ratio ${id} names the suite ${suite}, which is not there`);
    if (direction !== 'at least' && direction !== 'at most')
      throw new Error(`the direction of the ratio ${id} is ${String(direction)}: it is 'at least' or 'at most'`);
    if (!Number.isFinite(bound)) throw new Error(`the bound of the ratio ${id} is ${bound}: it takes a number`);
  }
}
