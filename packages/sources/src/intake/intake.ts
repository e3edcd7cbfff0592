import type { Pace } from './pace.ts';
import type { Puller } from './puller.ts';

/** How an intake behaves. */
export interface IntakeOptions {
  /** Pulls only while fewer records than this are buffered. */
  readonly maxBuffered: number;
  /** Makes the error that a batch gets of what the puller threw. */
  readonly failed: (cause: unknown) => Error;
}

type Phase = 'new' | 'open' | 'ended' | 'failed' | 'closed';

/**
 * The bounded buffer between a source that is pulled and the batches that take from it:
 *
 *     source ◄──pull── puller ──push──► buffer ──take──► batch
 *
 * It pulls while it has room, and no faster than it may, and stops when it has none; every record is taken once, in order. An error of the source
 * comes out of `take` after all records that came before it, once.
 *
 * @example
 * ```ts
 * const intake = new Intake<number>({ maxBuffered: 100, failed: (cause) => new Error('no more numbers', { cause }) });
 * intake.open(new SyncPuller([1, 2, 3].values(), clock));
 * intake.take(2); // [1, 2]
 * ```
 */
export class Intake<T> {
  /**
   * Resolves when the source has ended and its last record was taken, or when the intake was closed before that; rejects
   * with the error of the source. Told by the first `take` at the earliest, so that nobody stops a job that is starting.
   */
  readonly ended: Promise<void>;
  readonly #options: IntakeOptions;
  readonly #end = Promise.withResolvers<void>();
  readonly #filled = Promise.withResolvers<void>();
  #puller: Puller<T> | null = null;
  #buffer: T[] = [];
  #pace: Pace | null = null;
  /** Of the pull that is under way. */
  #pulled = 0;
  #cancelWait: (() => void) | null = null;
  #phase: Phase = 'new';
  #failure: Error | null = null;
  #pulling = false;
  #taken = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    // Who does not ask for the end gets the error from the batch; it is no unhandled rejection.
    this.ended.catch(() => {});
  }

  /**
   * Begins to pull. What can be had without waiting is buffered when this returns.
   * @param pace how fast; without a limit unless given
   */
  open(puller: Puller<T>, pace: Pace | null = null): void {
    if (this.#phase !== 'new') return;
    this.#puller = puller;
    this.#pace = pace;
    this.#phase = 'open';
    this.#fill();
  }

  /** Pulls anew, if the pace that was changed allows it. */
  paceChanged(): void {
    this.#stopWaiting();
    this.#fill();
  }

  /** Resolves when the buffer is full for the first time, or at the end, an error or `close` if that comes before. */
  filled(): Promise<void> {
    return this.#filled.promise;
  }

  /** Records that wait to be taken. */
  get size(): number {
    return this.#buffer.length;
  }

  /** True while records, or the error that ended them, wait to be taken. */
  get pending(): boolean {
    return this.#buffer.length > 0 || this.#failure !== null;
  }

  /**
   * The next records, at most `max`, and room for as many.
   * @throws what `failed` made of the source's error, once, when all records before it were taken
   */
  take(max: number): T[] {
    this.#taken = true;
    if (this.#buffer.length === 0 && this.#failure !== null) throw this.#surfaceFailure();
    let records: T[];
    if (this.#buffer.length <= max) {
      records = this.#buffer;
      this.#buffer = [];
    } else {
      records = this.#buffer.splice(0, max);
    }
    this.#fill();
    this.#settle();
    return records;
  }

  /** Ends pulling. What is buffered stays to be taken, unless it is thrown away. */
  async close({ discard = false }: { readonly discard?: boolean } = {}): Promise<void> {
    const wasOpen = this.#phase === 'open';
    if (this.#phase !== 'failed') this.#phase = 'closed';
    if (discard) this.#buffer = [];
    this.#stopWaiting();
    this.#filled.resolve();
    if (this.#failure === null) this.#end.resolve();
    else this.#end.reject(this.#failure);
    if (wasOpen) await this.#puller?.close();
  }

  #push = (record: T): void => {
    // A pull that was under way when the intake was closed still answers.
    if (this.#phase !== 'open') return;
    this.#buffer.push(record);
    this.#pulled++;
  };

  #fill(): void {
    // A generator may call what takes from this intake, and so come here while it runs.
    if (this.#pulling || this.#cancelWait !== null) return;
    this.#pulling = true;
    try {
      while (this.#phase === 'open') {
        const room = this.#room();
        if (room <= 0) break;
        const more = (this.#puller as Puller<T>).pull(this.#push, room);
        if (typeof more !== 'boolean') {
          more.then(this.#resume, this.#refuse);
          return;
        }
        this.#book();
        if (!more) this.#phase = 'ended';
      }
    } catch (cause) {
      this.#fail(cause);
    }
    this.#rest();
  }

  /** How many records to pull next. Where time alone gives room, it is waited for. */
  #room(): number {
    const room = this.#options.maxBuffered - this.#buffer.length;
    if (room <= 0 || this.#pace === null) return room;
    const { allowed } = this.#pace;
    if (allowed === 0) {
      this.#cancelWait = this.#pace.whenAllowed(() => {
        this.#cancelWait = null;
        this.#fill();
      });
    }
    return Math.min(room, allowed);
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  /** A pull is over. */
  #book(): void {
    this.#pace?.took(this.#pulled);
    this.#pulled = 0;
  }

  #resume = (more: boolean): void => {
    this.#pulling = false;
    this.#book();
    if (!more && this.#phase === 'open') this.#phase = 'ended';
    if (this.#phase === 'open') this.#fill();
    else this.#rest();
  };

  #refuse = (cause: unknown): void => {
    this.#fail(cause);
    this.#rest();
  };

  /** After a pull, until the next one. */
  #rest(): void {
    this.#pulling = false;
    this.#filled.resolve();
    this.#settle();
  }

  #fail(cause: unknown): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'failed';
    this.#failure = this.#options.failed(cause);
  }

  #surfaceFailure(): Error {
    const failure = this.#failure as Error;
    this.#failure = null;
    this.#end.reject(failure);
    return failure;
  }

  #settle(): void {
    if (this.#taken && this.#phase === 'ended' && this.#buffer.length === 0) this.#end.resolve();
  }
}
