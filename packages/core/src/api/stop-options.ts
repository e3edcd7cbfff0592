import { error } from '../errors/index.ts';
import type { InputBacklog } from './health.ts';
import { type Duration, durationMs } from './time.ts';

/** Options of `StreamingContext.stop`. */
export interface StopOptions {
  /** Whether what was received is processed first; false unless given. */
  readonly graceful?: boolean;
  /**
   * How long a graceful stop may take before it goes on as one that is not; without limit unless given. (Spark's
   * `gracefulStopTimeout` is 10 batch intervals unless given, R100: there a slow job loses what it has acknowledged.)
   */
  readonly timeout?: Duration;
  /** Whether the backend is stopped, too; `stopBackendByDefault` of the context unless given. */
  readonly stopBackend?: boolean;
}

/** Milliseconds of the timeout, null without one. @throws MR_DURATION; MR_OPTION when the stop is not graceful */
export function stopTimeoutMs({ graceful, timeout }: StopOptions): number | null {
  if (timeout === undefined) return null;
  const ms = durationMs(timeout, 'stop: timeout');
  if (graceful === true) return ms;
  throw error('MR_OPTION', {
    option: 'stop: timeout',
    value: `${ms} ms`,
    rule: 'must be left out unless graceful is true: any other stop waits for nothing but the running batch',
  });
}

/** What a graceful stop had not processed when its time was over. */
export interface Unprocessed {
  readonly waitingBatches: number;
  readonly runningTimes: readonly number[];
  readonly receivers: readonly InputBacklog[];
  /** Inputs that have more for another batch. */
  readonly pendingInputs: readonly string[];
}

/** The warning of a graceful stop that took too long. */
export function unprocessedText(timeoutMs: number, unprocessed: Unprocessed): string {
  const { waitingBatches, runningTimes, receivers, pendingInputs } = unprocessed;
  const waiting = receivers.filter((r) => r.records > 0);
  const told = new Set(waiting.map((r) => r.stream));
  const lost = [
    ...(waitingBatches > 0 ? [`${waitingBatches} batches that had not begun`] : []),
    ...waiting.map((r) => `${r.records} records of ${r.stream}`),
    ...pendingInputs.filter((name) => !told.has(name)).map((name) => `what ${name} still had`),
  ];
  const running = runningTimes.map((t) => `${t} ms`).join(', ');
  return [
    `The graceful stop was not over after ${timeoutMs} ms and goes on as one that is not graceful.`,
    lost.length === 0 ? 'Nothing was left to begin.' : `Not processed: ${lost.join('; ')}.`,
    ...(running === '' ? [] : [`The batch at ${running} runs and is waited for.`]),
  ].join(' ');
}
