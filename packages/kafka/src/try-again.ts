import { setTimeout as sleep } from 'node:timers/promises';
import { isKafkaFailure } from './failure.ts';

/** How often, and with which waits, something is tried before whoever asked for it hears that it failed. */
export interface Tries {
  readonly most: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** For what a healthy broker may answer for a moment: who keeps a group is being found out, a leader has just changed. */
export const A_MOMENT: Tries = { most: 8, firstWaitMs: 25, longestWaitMs: 400 };

/** Waits; ends early, without an error, when the signal comes. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/**
 * Tries until it succeeds, or fails otherwise than with `again`, or has been tried often enough.
 *
 * @param worthIt whether a failure is one to try again after, of those of kind `again`
 */
export async function tryAgain<R>(
  { most, firstWaitMs, longestWaitMs }: Tries,
  work: () => Promise<R>,
  { signal, worthIt = () => true }: { readonly signal?: AbortSignal; readonly worthIt?: (e: unknown) => boolean } = {},
): Promise<R> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (e) {
      if (tried >= most || signal?.aborted || !isKafkaFailure(e, 'again') || !worthIt(e)) throw e;
      await pause(Math.min(firstWaitMs * 2 ** (tried - 1), longestWaitMs), signal);
    }
  }
}
