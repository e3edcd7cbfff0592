import type { ExecutionBackend, StreamingContext } from '../../../packages/core/src/index.ts';
import { loadJob } from '../../../packages/core/src/index.ts';
import { type BatchOutput, collectOutputs, ManualClock, runBatches } from '../../../packages/core/src/testing/index.ts';
import { checkBatch, checkError, checkMessage, checkSame, VectorFailure } from '../check.ts';
import type { ExpectedError, Vector } from '../format.ts';
import { nextInterval } from './interval.ts';
import type job from './job.ts';
import { runRecovery } from './recovery.ts';

/** What running a vector showed. */
interface Observed {
  readonly outputs: readonly BatchOutput<unknown>[];
  readonly states: readonly BatchOutput<unknown>[];
  /** What `awaitTermination` rejected with. */
  readonly failure: unknown;
  /** Times of batches that had jobs. */
  readonly submitted: ReadonlySet<number>;
  /** Times of batches with an output that failed. */
  readonly failed: ReadonlySet<number>;
}

/** Runs a dstream vector on a backend and compares. The backend stays. @throws VectorFailure */
export async function runDStream(vector: Vector, backend: ExecutionBackend): Promise<void> {
  if (vector.params.recovery !== undefined) return runRecovery(vector, backend);
  const clock = new ManualClock();
  nextInterval.ms = vector.batchDurationMs as number;
  const url = new URL(`./job.ts?batchMs=${nextInterval.ms}`, import.meta.url);
  const options = { backend, params: vector, clock, warn: () => {}, stopBackendByDefault: false };
  const { expectedError } = vector;
  let loaded: Awaited<ReturnType<typeof loadJob<typeof job>>>;
  try {
    loaded = await loadJob<typeof job>(url, options);
  } catch (e) {
    if (expectedError?.phase !== 'construction') throw e;
    checkExpected(e, expectedError);
    return;
  }
  if (expectedError?.phase === 'construction')
    throw new VectorFailure('building the pipeline', expectedError, 'no error');
  const { ssc, streams } = loaded;
  const outputs = collectOutputs(streams.output, 'outputs');
  const states =
    vector.expectedState === undefined || streams.state === null ? [] : collectOutputs(streams.state, 'states');
  check(vector, { outputs, states, ...(await runThrough(ssc, clock, numBatchesOf(vector))) });
}

async function runThrough(
  ssc: StreamingContext,
  clock: ManualClock,
  n: number,
): Promise<Pick<Observed, 'failure' | 'submitted' | 'failed'>> {
  const submitted = new Set<number>();
  const failed = new Set<number>();
  ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => void submitted.add(batchInfo.batchTime),
    onOutputOperationCompleted: ({ outputOperationInfo: { failureReason, batchTime } }) => {
      if (failureReason !== null) failed.add(batchTime);
    },
  });
  await ssc.start();
  await runBatches(ssc, clock, n);
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e,
  );
  return { failure, submitted, failed };
}

function numBatchesOf(vector: Vector): number {
  const { numBatches, inputs, inputs2 = [], inputs3 = [] } = vector;
  return numBatches ?? Math.max(inputs.length, inputs2.length, inputs3.length);
}

function check(vector: Vector, observed: Observed): void {
  const { expectedError, params } = vector;
  const failsAt =
    expectedError === undefined ? null : ((expectedError.atBatch ?? 0) + 1) * (vector.batchDurationMs as number);
  // Where nothing is said of batches after the failed one, they may be there.
  const ignoreAfter = failsAt === null || expectedError?.continues === true ? null : failsAt;
  checkOutputs(vector, observed.outputs, vector.expected as (readonly unknown[] | null)[], 'output', ignoreAfter);
  if (vector.expectedState !== undefined) {
    checkOutputs(vector, observed.states, vector.expectedState as readonly unknown[][], 'state', ignoreAfter);
  }
  if (params.expectedPartitionCount !== undefined) {
    for (const { numPartitions } of observed.outputs)
      checkSame(numPartitions, params.expectedPartitionCount, 'partitions of a batch');
  }
  if (expectedError === undefined) {
    if (observed.failure !== null) throw new VectorFailure('the run failed', 'no error', observed.failure);
    return;
  }
  if (observed.failure === null) throw new VectorFailure('the run did not fail', expectedError, 'no error');
  checkExpected(observed.failure, expectedError);
  const at = failsAt as number;
  if (expectedError.phase === 'jobGeneration')
    checkSame(observed.submitted.has(at), false, `whether the batch at ${at} ms has jobs`);
  else checkSame([...observed.failed][0], at, 'time of the first failed batch');
}

function checkOutputs(
  vector: Vector,
  outputs: readonly BatchOutput<unknown>[],
  expected: readonly (readonly unknown[] | null)[],
  what: string,
  ignoreAfter: number | null,
): void {
  const { unordered, unorderedValues } = vector;
  const times = vector.expectedBatchTimesMs ?? expected.map((_, j) => outputs[j]?.time ?? Number.NaN);
  const byTime = new Map(outputs.map((o) => [o.time, o.records]));
  // An expectation may end with the last time it speaks of; an output call beyond it is one too many.
  for (const time of byTime.keys()) {
    if (!times.includes(time) && (ignoreAfter === null || time <= ignoreAfter)) {
      throw new VectorFailure(`${what} at ${time} ms`, 'no call', byTime.get(time));
    }
  }
  times.forEach((time, j) => {
    const records = byTime.get(time);
    const wanted = expected[j] ?? null;
    if (wanted === null) {
      if (records !== undefined) throw new VectorFailure(`${what} at ${time} ms`, 'no call', records);
    } else if (records === undefined) {
      throw new VectorFailure(`${what} at ${time} ms`, wanted, 'no call');
    } else {
      checkBatch(records, wanted, `${what} at ${time} ms`, {
        unordered: what === 'state' || unordered === true,
        unorderedValues,
      });
    }
  });
}

/** Checks class and message of an error. */
export function checkExpected(actual: unknown, expected: ExpectedError): void {
  if (expected.class !== undefined)
    checkError(actual, expected.class, `class of the error in the phase ${expected.phase}`);
  if (expected.messageContains !== undefined) checkMessage(actual, expected.messageContains, 'message of the error');
}
