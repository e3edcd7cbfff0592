import { signOfLife } from './sign-of-life.ts';

/** No batch takes so long, nor comes so seldom. */
export const STALLED_MS = 60_000;

/** Gives up what has stood still for a time. */
export class Watchdog {
  /** Rejects when nothing has been heard for so long. */
  readonly stalled: Promise<never>;
  readonly #ms: number;
  #timer: NodeJS.Timeout;
  readonly #giveUp: () => void;

  /** @param message says what has stood still, and what may be the reason */
  constructor(ms: number, message: string) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.stalled = promise;
    promise.catch(() => {});
    this.#ms = ms;
    this.#giveUp = () => {
      // What it has found out is to be heard before the process is given up, too.
      signOfLife();
      reject(new Error(message));
    };
    this.#timer = setTimeout(this.#giveUp, ms);
  }

  /** Something has moved. */
  heard(): void {
    signOfLife();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#giveUp, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
