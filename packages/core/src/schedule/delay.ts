import type { Clock } from './clock.ts';

/**
 * Waits by a clock.
 *
 * @param signal ends the wait early
 * @throws the signal's reason, when it is aborted before the time is over
 * @example
 * ```ts
 * const waiting = delay(clock, 250);
 * await clock.advance(250);
 * await waiting;
 * ```
 */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const aborted = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.at(clock.now() + ms, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
