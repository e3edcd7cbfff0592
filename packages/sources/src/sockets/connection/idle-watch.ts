import type { Clock } from '@millrace/core';

/** Calls back, once, when a connection has been silent for too long. While it waits for us it is not silent. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onIdle: () => void;
  #lastHeard: number;
  #held = false;
  #cancel: () => void;

  /** Begins at once. */
  constructor(clock: Clock, timeoutMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.#lastHeard = clock.elapsed();
    this.#cancel = this.#lookIn(timeoutMs);
  }

  /** Something came. */
  heard(): void {
    this.#lastHeard = this.#clock.elapsed();
  }

  /** Nobody reads from now on. */
  hold(): void {
    this.#held = true;
  }

  /** Reading goes on. */
  release(): void {
    this.#held = false;
    this.heard();
  }

  stop(): void {
    this.#cancel();
  }

  /** One timer for a timeout, however much comes: it looks when the last thing was heard, and waits for the rest. */
  #lookIn(ms: number): () => void {
    return this.#clock.at(this.#clock.now() + Math.ceil(ms), () => {
      const silent = this.#held ? 0 : this.#clock.elapsed() - this.#lastHeard;
      if (silent >= this.#timeoutMs) this.#onIdle();
      else this.#cancel = this.#lookIn(this.#timeoutMs - silent);
    });
  }
}
