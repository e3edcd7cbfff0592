import type { ContextOptions } from '../api/context-options.ts';
import type { DStream } from '../api/dstream/dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { type Duration, milliseconds } from '../api/time.ts';
import type { ExecutionBackend } from '../backend/contract.ts';
import { assertSameBatches, type CompareOptions } from './compare-batches.ts';
import { inlineBackend } from './inline-backend.ts';
import { ManualClock } from './manual-clock.ts';
import { type BatchOutput, collectOutputs, runBatches } from './run-batches.ts';
import { TestSource } from './test-source.ts';

/** One input: records of each batch; null is no batch. */
export type InputBatches<T> = readonly (readonly T[] | null)[];

/** How an operation is run. */
export interface RunOptions extends ContextOptions {
  /** Where it runs; must share memory, since the operation is a closure. The calling thread unless given; not stopped afterwards. */
  readonly backend?: ExecutionBackend;
  /** One second unless given. */
  readonly batchInterval?: Duration;
  /** Partitions of each input batch; 2 unless given. */
  readonly numInputPartitions?: number;
  /** Intervals to run; as many as the longest input has batches, unless given. */
  readonly numBatches?: number;
}

/** Options of `testOperation`. */
export interface TestOptions extends RunOptions, CompareOptions {}

type AnyInputs = InputBatches<unknown> | { readonly inputs: readonly InputBatches<unknown>[] };

/** The streams of several inputs. */
type StreamsOf<I extends readonly InputBatches<unknown>[]> = {
  readonly [K in keyof I]: I[K] extends InputBatches<infer T> ? DStream<T> : never;
};

/**
 * Runs an operation over batches of input by a clock that stands still between them, and gives its outputs with their
 * times. A batch that fails is not among them; the first error rejects the promise.
 *
 * @param inputs the batches of one source, or `{ inputs: [...] }` of several
 * @param operation from the stream (or the streams) to the one that is looked at
 * @example
 * ```ts
 * const outputs = await runOperation([[1, 2], [3]], (numbers) => numbers.count());
 * outputs.map(({ time, records }) => [time, records]); // [[1000, [2]], [2000, [1]]]
 * ```
 */
export async function runOperation<T, U>(
  inputs: InputBatches<T>,
  operation: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>,
  options?: RunOptions,
): Promise<BatchOutput<U>[]>;
export async function runOperation<const I extends readonly InputBatches<unknown>[], U>(
  inputs: { readonly inputs: I },
  operation: (streams: StreamsOf<I>, ssc: StreamingContext) => DStream<U>,
  options?: RunOptions,
): Promise<BatchOutput<U>[]>;
export async function runOperation<U>(
  inputs: AnyInputs,
  operation: (streams: never, ssc: StreamingContext) => DStream<U>,
  options: RunOptions = {},
): Promise<BatchOutput<U>[]> {
  const {
    backend = inlineBackend(),
    batchInterval = milliseconds(1000),
    numInputPartitions = 2,
    numBatches,
    ...rest
  } = options;
  const several = 'inputs' in inputs;
  const lists = several ? inputs.inputs : [inputs];
  const clock = new ManualClock();
  const ssc = new StreamingContext(backend, batchInterval, { clock, warn: () => {}, ...rest });
  const streams = lists.map((batches) => new TestSource(ssc, batches, { numPartitions: numInputPartitions }));
  const outputs = collectOutputs(operation((several ? streams : streams[0]) as never, ssc));
  await ssc.start();
  await runBatches(ssc, clock, numBatches ?? Math.max(0, ...lists.map((l) => l.length)));
  await ssc.stop({ stopBackend: false });
  await ssc.awaitTermination();
  return outputs;
}

/**
 * Runs an operation like `runOperation` and compares its outputs with the expected ones, batch by batch.
 *
 * @throws OutputMismatch, which shows both
 * @example
 * ```ts
 * await testOperation([['a', 'b', 'a'], []], (words) => words.countByValue(), [[['a', 2], ['b', 1]], []], { unordered: true });
 * ```
 */
export async function testOperation<T, U>(
  inputs: InputBatches<T>,
  operation: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>,
  expected: readonly (readonly U[])[],
  options?: TestOptions,
): Promise<void>;
export async function testOperation<const I extends readonly InputBatches<unknown>[], U>(
  inputs: { readonly inputs: I },
  operation: (streams: StreamsOf<I>, ssc: StreamingContext) => DStream<U>,
  expected: readonly (readonly U[])[],
  options?: TestOptions,
): Promise<void>;
export async function testOperation(
  inputs: AnyInputs,
  operation: (streams: never, ssc: StreamingContext) => DStream<unknown>,
  expected: readonly (readonly unknown[])[],
  options: TestOptions = {},
): Promise<void> {
  const { unordered, unorderedValues, ...run } = options;
  const outputs = await runOperation(
    inputs as InputBatches<unknown>,
    operation as (stream: DStream<unknown>) => DStream<unknown>,
    run,
  );
  assertSameBatches(
    outputs.map((o) => o.records),
    expected,
    { unordered, unorderedValues },
  );
}
