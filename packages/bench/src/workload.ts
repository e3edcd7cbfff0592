import { inspect } from 'node:util';
import type { QueueEntry } from '@millrace/core';
import { checkInput, checkLoop, checkParams } from './check-definition.ts';
import type { Input } from './input.ts';
import { isLive, type LiveInput } from './live/live-input.ts';
import type { Measure } from './measures/measure.ts';
import { said } from './report/shape.ts';

/** A job with its input, and what its output must be. */
export interface Workload<T = unknown, U = unknown, P = unknown> {
  /** Letters, digits and dashes. */
  readonly id: string;
  readonly title: string;
  /** For the reports: what one batch does. */
  readonly about?: string;
  /** Chapter of the report. Left out: `Workloads`. */
  readonly group?: string;
  /** The collections its suites belong to. Left out: `quick` and `full`. */
  readonly collections?: readonly string[];
  /** The module whose default export is the job. Its builder returns `{ queue, output }`, or `{ output }` where it has a source of its own: see `BenchStreams`. */
  readonly job: URL;
  /** Given to the job's builder, here and in the workers: plain data. */
  readonly params?: P;
  /**
   * Values of parameters to measure: each combination is a workload of its own, whose id says it. Where values are no numbers or words, those
   * of the parameter go by their number there, as in `words.options-2`.
   */
  readonly sweep?: { readonly [K in keyof P]?: readonly P[K][] };
  /** Its records; of the parameters, if it is a function. */
  readonly input: Input<T> | LiveInput<T> | ((params: P) => Input<T> | LiveInput<T>);
  /** Records in a batch, where batches follow one another. */
  readonly batch: number | ((params: P) => number);
  /** Batches of a run. Left out: 8. */
  readonly batches?: number;
  /**
   * Batches that come before everything else in every measure that has runs of batches or an open load: what fills windows and
   * state. They are compared with the reference, and not timed. Left out: none.
   */
  readonly preload?: number | ((params: P) => number);
  /** What records are called in units. Left out: `records`. */
  readonly unit?: string;
  /**
   * The same job written by hand: makes a function from a batch to the records that the job must deliver for it, in any
   * order. It is compared with the output of every backend before anything is timed, and timed beside them. It is made once when the bench is
   * defined, too, to see that it makes a function.
   */
  readonly reference?: (params: P) => (batch: readonly T[]) => readonly U[];
  /** What the job delivers is made and counted, not brought to the driver. Left out: all of it is. */
  readonly delivery?: 'collect' | 'count';
  /** What is measured of it. Left out: what the bench measures. */
  readonly measure?: readonly Measure[];
}

/** A workload with all parameters set. */
export interface PlainWorkload<T = unknown> {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly group: string;
  readonly collections: readonly string[];
  readonly job: URL;
  readonly params: unknown;
  readonly input: Input<T> | LiveInput<T>;
  readonly batch: number;
  readonly batches: number;
  readonly preload: number;
  readonly unit: string;
  readonly reference: (() => (batch: readonly T[]) => readonly unknown[]) | null;
  readonly delivery: 'collect' | 'count';
}

/** The workloads that a workload stands for: one for each combination of the parameters that are swept. */
export function sweep<T, U, P>(workload: Workload<T, U, P>): PlainWorkload<T>[] {
  const swept = Object.entries(workload.sweep ?? {}) as [string, readonly unknown[]][];
  for (const [name, values] of swept) {
    if (values.length === 0)
      throw new Error(`the workload ${workload.id} sweeps ${name} over no values: give it at least one`);
  }
  const combinations = swept.reduce<Swept[][]>(
    (all, [name, values]) => all.flatMap((some) => sweptValues(name, values).map((each) => [...some, each])),
    [[]],
  );
  return combinations.map((combination) => plain(workload, combination));
}

/** A value of a parameter, and how ids and titles say it. */
interface Swept {
  readonly name: string;
  readonly value: unknown;
  readonly id: string;
  readonly title: string;
}

/** Numbers, words and whatever else can stand in an id stand there; where a parameter has others, all its values go by their number. */
function sweptValues(name: string, values: readonly unknown[]): Swept[] {
  const areNames = values.every((value) => !isObject(value) && /^[\w.-]+$/.test(String(value)));
  return values.map((value, i) => {
    const id = areNames ? `${name}=${String(value)}` : `${name}-${i + 1}`;
    return { name, value, id, title: areNames ? id : `${name}=${shown(value)}` };
  });
}

const isObject = (value: unknown) => (typeof value === 'object' && value !== null) || typeof value === 'function';
/** Longer values make no better titles. */
const MOST_SHOWN = 60;

/** A value in a title. */
function shown(value: unknown): string {
  const text = isObject(value) ? inspect(value, { breakLength: Number.POSITIVE_INFINITY }) : said(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function plain<T, U, P>(workload: Workload<T, U, P>, combination: readonly Swept[]): PlainWorkload<T> {
  const { id, title, about = '', group = 'Workloads', collections = ['quick', 'full'], job, batches = 8 } = workload;
  const { unit = 'records', reference, delivery = 'collect' } = workload;
  const params = (
    combination.length === 0
      ? workload.params
      : { ...workload.params, ...Object.fromEntries(combination.map(({ name, value }) => [name, value])) }
  ) as P;
  checkParams(params, id);
  const input = typeof workload.input === 'function' ? workload.input(params) : workload.input;
  checkInput(input, id);
  if (reference !== undefined) checkLoop(reference(params), id);
  const batch = typeof workload.batch === 'function' ? workload.batch(params) : workload.batch;
  const preload = typeof workload.preload === 'function' ? workload.preload(params) : (workload.preload ?? 0);
  for (const [name, value, least] of [
    ['batch', batch, 1],
    ['batches', batches, 1],
    ['preload', preload, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${name} of the workload ${id} is ${value}: it takes a whole number of at least ${least}`);
  if (preload > 0 && isLive(input))
    throw new Error(
      `the workload ${id} has a preload: a job with a source of its own takes none, since it cuts its batches itself`,
    );
  return {
    id: combination.length === 0 ? id : `${id}.${combination.map((each) => each.id).join(',')}`,
    title: combination.length === 0 ? title : `${title}, ${combination.map((each) => each.title).join(',')}`,
    about,
    group,
    collections,
    job,
    params,
    input,
    batch,
    batches,
    preload,
    unit,
    reference: reference === undefined ? null : () => checkedLoop(id, reference(params)),
    delivery,
  };
}

/** A reference that says it where it gives no records. */
function checkedLoop<T, U>(id: string, loop: (batch: readonly T[]) => readonly U[]) {
  return (batch: readonly T[]): readonly U[] => {
    const records: readonly U[] | null | undefined = loop(batch);
    if (typeof records?.[Symbol.iterator] === 'function') return records;
    throw new Error(
      `the function that the reference of the workload ${id} has made returned ${String(records)} for a batch: it has to return the records that the job must deliver, as a list`,
    );
  };
}

/** The batches of a run, as the queue takes them: each run has the next records. */
export function entriesOf<T>(workload: PlainWorkload<T>, run: number): QueueEntry<T>[] {
  const input = queued(workload);
  return rangesOf(workload, run).map(([from, to]) => input.entry(from, to));
}

/** The same as the reference takes them. */
export function recordsOf<T>(workload: PlainWorkload<T>, run: number): (readonly T[])[] {
  return rangesOf(workload, run).map(([from, to]) => workload.input.records(from, to));
}

/** The batches that come before those of all runs, one after the other: all of them at once may be large. */
export function* preloadEntriesOf<T>(workload: PlainWorkload<T>): Generator<QueueEntry<T>> {
  const input = queued(workload);
  for (const [from, to] of preloadRangesOf(workload)) yield input.entry(from, to);
}

/** The same as the reference takes them. */
export function* preloadRecordsOf<T>(workload: PlainWorkload<T>): Generator<readonly T[]> {
  for (const [from, to] of preloadRangesOf(workload)) yield workload.input.records(from, to);
}

type Sizes = Pick<PlainWorkload, 'batch' | 'batches' | 'preload'>;
/** From which record to before which: a batch. */
type Range = readonly [from: number, to: number];

/** The batches of a run as numbers of records. */
export function rangesOf({ batch, batches, preload }: Sizes, run: number): Range[] {
  return ranges(preload + run * batches, batches, batch);
}

/** The same of those before all runs. */
export function preloadRangesOf({ batch, preload }: Sizes): Range[] {
  return ranges(0, preload, batch);
}

const ranges = (first: number, count: number, size: number): Range[] =>
  Array.from({ length: count }, (_, b) => [(first + b) * size, (first + b + 1) * size] as const);

/** The input of a workload whose job has a queue. @throws Error where it has a source of its own */
export function queued<T>({ id, input }: PlainWorkload<T>): Input<T> {
  if (!isLive(input)) return input;
  throw new Error(
    `the job of ${id} gets its records from a source of its own: what is measured here puts them into a queue, which generated, generatedLines and fileLines do`,
  );
}
