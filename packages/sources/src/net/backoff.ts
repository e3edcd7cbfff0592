import type { Backoff, Clock } from '@millrace/core';
import { type BackoffMs, backoffMs, checkedBackoff, checkOptionNames } from '@millrace/core/connector';

/**
 * Checks the `reconnect` option of a source that connects.
 *
 * @param option what the errors call it: `'socketTextStream: reconnect'`
 * @throws MR_OPTION, MR_DURATION
 * @example
 * ```ts
 * checkedReconnect('webSocketStream: reconnect', { initial: 50 }).maxMs; // 10000
 * ```
 */
export function checkedReconnect(option: string, reconnect: Backoff = {}): BackoffMs {
  checkOptionNames(option, reconnect, ['initial', 'max']);
  return checkedBackoff(option, reconnect);
}

/**
 * When a source that lost its connection tries again: the bound doubles with every attempt that failed, and the wait is
 * anything up to it, so that thousands of clients do not come back at the same moment. A connection that delivered
 * something, or stayed open for as long as the longest wait, was a good one, and the count begins anew. One that is
 * accepted and closed at once was not.
 *
 * @example
 * ```ts
 * const reconnects = new Reconnects({ initialMs: 100, maxMs: 10_000 }, () => 0.5);
 * reconnects.failed(clock); // 50
 * reconnects.failed(clock); // 100
 * reconnects.delivered();
 * reconnects.failed(clock); // 50
 * ```
 */
export class Reconnects {
  readonly #backoff: BackoffMs;
  readonly #random: () => number;
  #attempts = 0;
  #openedAt: number | null = null;

  /** @param random gives numbers in [0, 1) */
  constructor(backoff: BackoffMs, random: () => number = Math.random) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** The connection stands. */
  opened(clock: Clock): void {
    this.#openedAt = clock.elapsed();
  }

  /** Something came over it. */
  delivered(): void {
    this.#attempts = 0;
  }

  /** It failed, or was closed. @returns how long to wait before the next attempt, in ms */
  failed(clock: Clock): number {
    if (this.#openedAt !== null && clock.elapsed() - this.#openedAt >= this.#backoff.maxMs) this.#attempts = 0;
    this.#openedAt = null;
    this.#attempts++;
    return backoffMs(this.#attempts, this.#backoff, this.#random);
  }
}
