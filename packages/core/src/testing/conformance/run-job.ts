import { type JobOverrides, loadJob } from '../../api/job.ts';
import type { StreamingContext } from '../../api/streaming-context.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import { ManualClock } from '../manual-clock.ts';
import { type BatchOutput, collectOutputs, runBatches } from '../run-batches.ts';
import type job from './job.ts';
import type { ConformanceParams } from './job.ts';
import type { Sample } from './operators.ts';
import type { Scenario } from './scenarios.ts';

// Built, the module is JavaScript; in the source tree it is TypeScript.
const JOB = new URL(import.meta.url.endsWith('.ts') ? './job.ts' : './job.js', import.meta.url);

/** Batches of the suite: several keys, an empty batch in the middle, values whose sums depend on their order. */
export const PAIRS: readonly (readonly Sample[])[] = [
  [
    ['a', 0.1],
    ['b', 0.2],
    ['a', 0.3],
    ['c', 0.7],
    ['b', 1e-9],
  ],
  [
    ['a', 0.1],
    ['d', 0.7],
    ['a', 1e16],
    ['a', -1e16],
  ],
  [],
  [
    ['b', 0.6],
    ['e', 0.1],
    ['b', 0.1],
    ['a', 0.2],
    ['e', 0.3],
    ['b', 0.4],
    ['f', 0.5],
  ],
  [['c', 1]],
  [],
  [
    ['a', 0.1],
    ['a', 0.2],
    ['b', 0.3],
  ],
];

/** The second input. */
export const OTHERS: readonly (readonly Sample[])[] = [
  [
    ['a', 1],
    ['a', 2],
    ['x', 3],
  ],
  [],
  [['b', 4]],
  [
    ['b', 5],
    ['f', 6],
    ['b', 7],
  ],
  [
    ['c', 8],
    ['c', 9],
  ],
  [],
  [['z', 10]],
];

/** A job of the suite, loaded and not started. */
export interface Loaded extends Scenario {
  readonly ssc: StreamingContext;
  readonly clock: ManualClock;
}

/** What a job of the suite gave. */
export interface Outcome {
  readonly outputs: readonly BatchOutput<unknown>[];
  /** What `awaitTermination` rejected with, null if it did not. */
  readonly failure: unknown;
  /** The accumulator's value, if the scenario has one. */
  readonly accumulated: unknown;
  /** What a sink was told, if the scenario has one. */
  readonly written: readonly unknown[];
}

/** Loads the suite's job for a backend. */
export async function load(
  backend: ExecutionBackend,
  params: Partial<ConformanceParams> & Pick<ConformanceParams, 'group' | 'operator'>,
  options: JobOverrides = {},
): Promise<Loaded> {
  const clock = new ManualClock();
  const { ssc, streams } = await loadJob<typeof job>(JOB, {
    backend,
    params: { pairs: PAIRS, others: OTHERS, numInputPartitions: 1, ...params },
    clock,
    warn: () => {},
    defaultParallelism: 3,
    onBatchFailure: 'continue',
    stopBackendByDefault: false,
    ...options,
  });
  return { ssc, clock, ...streams };
}

/** Runs the suite's job to its end; the backend stays. */
export async function run(...[backend, params, options]: Parameters<typeof load>): Promise<Outcome> {
  const { ssc, clock, stream, accumulator, written = [] } = await load(backend, params, options);
  const outputs = collectOutputs(stream, 'collected');
  await ssc.start();
  await runBatches(ssc, clock, (params.pairs ?? PAIRS).length);
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e,
  );
  return { outputs, failure, accumulated: accumulator?.value, written };
}
