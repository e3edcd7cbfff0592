import type { Backends } from './harness/contenders.ts';
import { said, TEXTS } from './report/shape.ts';
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
  const { id, job, sweep = {}, measure, reference, delivery, collections } = workload;
  if (!((job as unknown) instanceof URL))
    throw new Error(
      `the job of the workload ${id} is ${String(job)}, which is no URL: give the module as new URL('./my.job.ts', import.meta.url)`,
    );
  if (typeof workload.input !== 'function') checkInput(workload.input, id);
  if (reference !== undefined && typeof reference !== 'function')
    throw new Error(
      `the reference of the workload ${id} is ${said(reference)}: it takes a function that makes one from a batch to its records, as in () => (lines) => […], or is left out`,
    );
  if (delivery !== undefined && delivery !== 'collect' && delivery !== 'count')
    throw new Error(`the delivery of the workload ${id} is ${said(delivery)}: it is 'collect' or 'count'`);
  checkCollections(collections, `of the workload ${id}`);
  for (const [name, values] of Object.entries(sweep)) {
    if (!Array.isArray(values))
      throw new Error(
        `the workload ${id} sweeps ${name} over ${String(values)}, which is no array: give it values, as in [1, 10]`,
      );
  }
  if (measure !== undefined) checkMeasures(measure, `of the workload ${id}`);
}

/** @throws Error where what a workload gets its records from is no input */
export function checkInput(input: unknown, id: string): void {
  if (input === undefined)
    throw new Error(
      `the workload ${id} has no input: it takes what its records come from, such as generated((n) => n)`,
    );
  const has = (name: string) => typeof (input as Readonly<Record<string, unknown>> | null)?.[name] === 'function';
  if (has('records') && (has('entry') || has('open'))) return;
  throw new Error(
    `the input of the workload ${id} is ${said(input)}, which gives no records: it takes what generated, generatedLines, fileLines or socketLines give, or a function that makes it of the params`,
  );
}

/** @throws Error where the params of a workload are nothing that a worker can be given */
export function checkParams(params: unknown, id: string): void {
  try {
    structuredClone(params);
  } catch (cause) {
    throw new Error(
      `the params of the workload ${id} cannot be given to workers, which take plain data: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** @throws Error where a reference makes no function */
export function checkLoop(loop: unknown, id: string): void {
  if (typeof loop === 'function') return;
  throw new Error(
    `the reference of the workload ${id} returns ${said(loop)}: it has to return a function from a batch to its records, as in () => (lines) => […]`,
  );
}

/** @throws Error where collections are no list of names */
function checkCollections(collections: unknown, whose: string): void {
  if (collections !== undefined && !TEXTS.is(collections))
    throw new Error(`collections ${whose} is ${said(collections)}: it takes a list of names, as in ['quick', 'full']`);
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
    checkCollections(each.collections, `of the suite ${each.id}`);
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
