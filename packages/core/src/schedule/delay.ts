import type { Clock } from './clock.ts';

/**
 * Calls back when so much time has passed by the steady clock: a wall clock that is set forward ends nothing too early.
 *
 * @returns how to cancel it
 * @example
 * ```ts
 * let rang = false;
 * after(clock, 250, () => {
 *   rang = true;
 * });
 * await clock.advance(250);
 * rang; // true
 * ```
 */
export function after(clock: Clock, ms: number, callback: () => void): () => void {
  const began = clock.elapsed();
  let cancel = () => {};
  const arm = (rest: number) => {
    cancel = clock.at(clock.now() + rest, () => {
      const left = Math.ceil(ms - (clock.elapsed() - began));
      if (left <= 0) callback();
      else arm(left);
    });
  };
  arm(ms);
  return () => cancel();
}

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
    const cancel = after(clock, ms, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
