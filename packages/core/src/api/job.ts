import type { ExecutionBackend } from '../backend/contract.ts';
import { describe, error } from '../errors/index.ts';
import { callSite } from '../plan/call-site.ts';
import { checkAnyFunction } from './check-function.ts';
import { withOrigin } from './context-base.ts';
import type { ContextOptions } from './context-options.ts';
import { StreamingContext } from './streaming-context.ts';
import { type Duration, durationMs } from './time.ts';

/** What a job module says of itself. Context options given to `loadJob` go before those given here. */
export interface JobDefinition<Params = unknown> extends ContextOptions {
  /** The job's name: in messages, and the key of its checkpoints. */
  readonly name: string;
  /** Time between batches; it may depend on the params. */
  readonly batchInterval: Duration | ((params: Params) => Duration);
}

/** Builds a job's plan: on the driver, and again in every worker. Synchronous and without side effects. */
export type JobBuilder<Params, Streams> = (ssc: StreamingContext, params: Params) => Streams;

/** A job as a module exports it by default. */
export interface Job<Params = unknown, Streams = unknown> {
  readonly millraceJob: 1;
  readonly definition: JobDefinition<Params>;
  readonly build: JobBuilder<Params, Streams>;
  readonly definedAt: string;
}

/**
 * Defines a job that any backend can run: closures cannot cross threads, so workers import the module and build the same
 * plan. The builder depends on its params, imports and constants alone. What it returns is handed to the driver, typed.
 *
 * @throws MR_DURATION, MR_NOT_A_FUNCTION, MR_OPTION
 * @example
 * ```ts
 * export default defineJob({ name: 'word-count', batchInterval: seconds(1) }, (ssc, params: { dir: string }) => {
 *   const counts = ssc.queueStream([['a b a']]).flatMap((line) => line.split(' ')).countByValue();
 *   return { counts };
 * });
 * ```
 */
export function defineJob<Params = undefined, Streams = void>(
  definition: JobDefinition<Params>,
  build: JobBuilder<Params, Streams>,
): Job<Params, Streams> {
  checkAnyFunction('defineJob', 'build', build);
  const { batchInterval } = definition;
  if (typeof batchInterval !== 'function') durationMs(batchInterval, 'defineJob: batchInterval');
  if (typeof definition.name !== 'string' || definition.name === '') {
    throw error('MR_OPTION', {
      option: 'defineJob: name',
      value: definition.name,
      rule: 'must be a text that is not empty',
    });
  }
  return { millraceJob: 1, definition, build, definedAt: callSite() };
}

/** Options of `loadJob`. */
export interface LoadOptions<Params> extends ContextOptions {
  /** Where the job runs. */
  readonly backend: ExecutionBackend;
  /** Given to the builder, here and in every worker: plain data. */
  readonly params?: Params;
  /** Time between batches, here and in every worker; the job's own unless given. Windows and slides must fit it. */
  readonly batchInterval?: Duration;
}

/** A job that was loaded and not started. */
export interface LoadedJob<Streams> {
  readonly ssc: StreamingContext;
  /** What the builder returned: attach outputs that use the application's own objects. */
  readonly streams: Streams;
}

type ParamsOf<J> = J extends Job<infer P, infer _S> ? P : never;
type StreamsOf<J> = J extends Job<infer _P, infer S> ? S : never;

/**
 * Imports a job module and builds its plan for a backend. Give the job's type to have streams and params typed.
 *
 * Outputs attached to the streams afterwards run on the driver, need a name of their own, and are not part of what
 * workers build.
 * @param url of the module, as in `new URL('./job.ts', import.meta.url)`
 * @throws MR_NOT_A_JOB, MR_DURATION, MR_OPTION, and what the builder throws: MR_WINDOW_MULTIPLE for a window that the
 *   given `batchInterval` does not divide
 * @example
 * ```ts
 * import type job from './job.ts';
 * const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), { backend: threads() });
 * streams.counts.foreachRDD(async (rdd) => console.log(await rdd.collect()), { name: 'show' });
 * await ssc.start();
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: without a type argument streams are untyped, as an import() of unknown type is
export async function loadJob<J extends Job<any, any> = Job<any, any>>(
  url: URL | string,
  options: LoadOptions<ParamsOf<J>>,
): Promise<LoadedJob<StreamsOf<J>>> {
  const href = url instanceof URL ? url.href : url;
  const job = await importJob(href);
  const { backend, params, ...overrides } = options;
  const { streams, ssc } = buildJob(job, backend, params, { module: { url: href, params }, worker: false }, overrides);
  return { ssc, streams: streams as StreamsOf<J> };
}

/** Imports a module and checks that its default export is a job. @throws MR_NOT_A_JOB */
export async function importJob(url: string): Promise<Job> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(url)) as { readonly default?: unknown };
  } catch (cause) {
    throw error(
      'MR_NOT_A_JOB',
      { url, found: `a module that fails to load: ${cause instanceof Error ? cause.message : String(cause)}` },
      { cause },
    );
  }
  const job = module.default as Partial<Job> | undefined;
  if (job === undefined || job === null || job.millraceJob !== 1) {
    throw error('MR_NOT_A_JOB', { url, found: `a default export that is ${describe(module.default)}` });
  }
  return job as Job;
}

/** What goes before a job's own definition. */
export type JobOverrides = Pick<LoadOptions<unknown>, keyof ContextOptions | 'batchInterval'>;

/** Runs a job's builder on a fresh context. @throws MR_ASYNC_FUNCTION when the builder is async */
export function buildJob(
  job: Job,
  backend: ExecutionBackend,
  params: unknown,
  origin: Parameters<typeof withOrigin>[0],
  overrides: JobOverrides = {},
): { readonly ssc: StreamingContext; readonly streams: unknown } {
  const { batchInterval: own, ...options } = job.definition;
  const { batchInterval: given, ...otherOptions } = overrides;
  const batchInterval = given ?? (typeof own === 'function' ? own(params) : own);
  const ssc = withOrigin(origin, () => new StreamingContext(backend, batchInterval, { ...options, ...otherOptions }));
  const streams = job.build(ssc, params);
  if (streams instanceof Promise)
    throw error('MR_ASYNC_FUNCTION', { operator: 'defineJob', found: 'an async function as build' });
  ssc.plan.seal();
  return { ssc, streams };
}
