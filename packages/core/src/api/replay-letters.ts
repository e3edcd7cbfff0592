import { error } from '../errors/index.ts';
import type { BatchInfo } from '../events/listener.ts';
import type { Letter } from '../replay/letter.ts';
import { Replay } from '../replay/replay.ts';
import { checkBoolean, checkOptionNames } from './check-options.ts';
import type { StreamingContext } from './streaming-context.ts';

/** Options of `replayLetters`. */
export interface ReplayOptions {
  /** Names of the outputs to run; all that depend on an operator of the letters unless given. */
  readonly outputs?: readonly string[];
  /**
   * Lets operators that look at a batch as a whole (`reduceByKey`, `count`, `mapPartitions`, `transform`, …) see the letters alone:
   * right where whoever reads the results adds them to those that are there. Refused unless given.
   */
  readonly partial?: boolean;
}

/** What became of the letters. */
export interface ReplaySummary {
  /** Letters of batches that went through, also those that failed again. */
  readonly replayed: number;
  /** Of these the records that failed in an operator, and were dropped or became dead letters again. */
  readonly failedAgain: number;
  /** Batches that went through. */
  readonly batches: number;
  /** Their times. */
  readonly times: readonly number[];
  /** Why a batch failed; null if none did. Its letters, and those of later batches, were not replayed. */
  readonly failure: unknown;
}

/**
 * Runs dead letters through a job of which the cause was mended: each record enters at the operator that failed, at its batch time,
 * and goes to the outputs behind it. Sources are not started, nothing else runs, the job's checkpoint is not looked
 * at. The context is stopped when it is over; its backend is not.
 *
 * A batch that is replayed is not the batch that was: to sinks its job is `NAME-replay-ID`, and `replay` of the batch is the
 * ID, which is made of the letters. So files go to directories of their own (`out-TIME-replay-ID`), sinks with receipts write it, and
 * the same letters replayed again are written once. A sink of your own that goes by output and time alone takes it for the batch.
 *
 * Refused where results would be wrong: operators with state or windows, and joins with other streams, on the way to an output;
 * operators over a whole batch unless `partial` is given. Records that fail again go where the job says (`onError`).
 *
 * @param ssc a context or a loaded job that was not started
 * @throws MR_REPLAY_OPERATOR, MR_REPLAY_OUTPUT, MR_REPLAY_REFUSED, and what `start()` throws
 * @example
 * ```ts
 * const { ssc } = await loadJob(new URL('./job.ts', import.meta.url), { backend: single() });
 * const found = await readLetters('/var/lib/job/letters');
 * const { replayed, failedAgain, times } = await replayLetters(ssc, found.letters);
 * await markReplayed(found, times);
 * ```
 */
export async function replayLetters(
  ssc: StreamingContext,
  letters: readonly Letter[],
  options: ReplayOptions = {},
): Promise<ReplaySummary> {
  checkOptionNames('replayLetters', options, ['outputs', 'partial']);
  const { outputs = null, partial = false } = options;
  checkBoolean('replayLetters: partial', partial);
  if (outputs !== null && !(Array.isArray(outputs) && outputs.every((name) => typeof name === 'string')))
    throw error('MR_OPTION', { option: 'replayLetters: outputs', value: outputs, rule: 'must be an array of names' });
  const replay = new Replay(ssc.plan, letters, { outputs, partial });
  const sum = { replayed: 0, failedAgain: 0, batches: 0, times: [] as number[] };
  ssc.addStreamingListener({
    onBatchCompleted({ batchInfo }) {
      if (hasFailed(batchInfo)) return;
      sum.batches += 1;
      sum.times.push(batchInfo.batchTime);
      sum.replayed += replay.lettersAt(batchInfo.batchTime);
      for (const { dropped, deadLetters } of batchInfo.recordFailures.values())
        sum.failedAgain += dropped + deadLetters;
    },
  });
  await ssc.replay(replay);
  return { ...sum, failure: ssc.run?.failure?.reason ?? null };
}

function hasFailed({ outputOperationInfos }: BatchInfo): boolean {
  return [...outputOperationInfos.values()].some(({ failureReason }) => failureReason !== null);
}
