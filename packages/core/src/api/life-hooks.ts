/** How a context's life ended: `failure` holds the first error of a batch, or what `start()` failed with; null if there was none. */
export interface LifeEnd {
  readonly failure: { readonly reason: unknown } | null;
}

/**
 * What lives as long as a context's job and is neither a source nor an operator: the server that a sink listens with, a
 * file that a listener writes to. On the driver only: a worker builds the plan and starts nothing.
 */
export interface LifeHooks {
  /**
   * Called by `start()` before the first source is started. `start()` waits for it, and fails if it does.
   */
  start?(): void | Promise<void>;
  /**
   * Called when `stop()` begins, before it waits for batches: the time to let go whatever a batch may be waiting for. With
   * `graceful` batches will still run. Called again, without it, when a graceful stop is cut short.
   */
  stopping?(options: { readonly graceful: boolean }): void;
  /**
   * Called once, when no batch runs any more: after `stop()`, after a `start()` that failed, and for a context that was
   * stopped and never started. `stop()` waits for it. What it throws is warned about.
   */
  end?(end: LifeEnd): void | Promise<void>;
}

/** The hooks of one context. */
export class LifeHookList {
  readonly #hooks: LifeHooks[] = [];
  readonly #warn: (message: string) => void;
  #ended: Promise<void> | null = null;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  add(hooks: LifeHooks): void {
    this.#hooks.push(hooks);
  }

  /** In the order in which they were added. */
  async start(): Promise<void> {
    for (const hooks of this.#hooks) await hooks.start?.();
  }

  stopping(graceful: boolean): void {
    for (const hooks of this.#hooks) {
      try {
        hooks.stopping?.({ graceful });
      } catch (e) {
        this.#complain(e);
      }
    }
  }

  /** Last added, first ended. */
  end(failure: LifeEnd['failure']): Promise<void> {
    this.#ended ??= this.#endAll({ failure });
    return this.#ended;
  }

  async #endAll(end: LifeEnd): Promise<void> {
    for (const hooks of this.#hooks.toReversed()) {
      try {
        await hooks.end?.(end);
      } catch (e) {
        this.#complain(e);
      }
    }
  }

  #complain(e: unknown): void {
    this.#warn(`A hook threw while the context was stopped: ${String(e)}`);
  }
}
