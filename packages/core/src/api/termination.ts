import type { Clock } from '../schedule/clock.ts';

/** The end of a job, as `awaitTermination` sees it: it comes once, and it is the first error if there was one. */
export class Termination {
  readonly promise: Promise<void>;
  readonly #end = Promise.withResolvers<void>();
  #failure: { readonly reason: unknown } | null = null;
  #over = false;

  constructor() {
    this.promise = this.#end.promise;
    // Nobody may be waiting for the end: an error is then kept for awaitTermination and is not an unhandled rejection.
    this.promise.catch(() => {});
  }

  /** The first error; null while there is none. */
  get failure(): { readonly reason: unknown } | null {
    return this.#failure;
  }

  /** An error has happened; the job may go on nevertheless. */
  fail(reason: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { reason };
    this.#end.reject(reason);
  }

  /** The job has stopped. */
  complete(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#failure === null) this.#end.resolve();
  }

  /** True if the end came within `timeoutMs`; rejects with the error. */
  async within(timeoutMs: number, clock: Clock): Promise<boolean> {
    // What has happened already goes before a timeout that is due at once.
    if (this.#failure !== null || this.#over) return this.promise.then(() => true as const);
    let cancel = () => {};
    const timeout = new Promise<false>((resolve) => {
      cancel = clock.at(clock.now() + timeoutMs, () => resolve(false));
    });
    try {
      return await Promise.race([this.promise.then(() => true as const), timeout]);
    } finally {
      cancel();
    }
  }
}
