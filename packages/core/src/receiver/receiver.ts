import type { Duration } from '../api/time.ts';
import type { Block } from '../data/block.ts';
import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';

/** What a receiver's calls are passed on to: whoever runs it. */
export interface ReceiverControl<T = unknown> {
  readonly streamId: number;
  readonly clock: Clock;
  readonly started: boolean;
  readonly stopped: boolean;
  readonly hasRoom: boolean;
  readonly room: number;
  readonly roomInMs: number;
  store(record: T, bytes: number): Promise<void>;
  storeMany(records: readonly T[], bytes: number): Promise<void>;
  storeText(bytes: Uint8Array, lines: number): Promise<void>;
  storeBlock(block: Block): Promise<void>;
  whenRoom(): Promise<void> | undefined;
  refused(records: number): void;
  dropped(records: number): void;
  announce(fact: unknown): void;
  reportError(message: string, cause: unknown): void;
  restart(message: string, cause: unknown, delay: Duration | undefined): void;
  stop(message: string, cause: unknown): void;
}

/**
 * A source that is pushed to: Spark's `Receiver`. Say in `onStart` how to begin and in `onStop` how to end, and hand over
 * what comes in with `store`. `ssc.receiverStream(receiver)` makes a stream of it. The same receiver is started again
 * after `restart`, so `onStart` makes everything anew.
 *
 * **Bounds.** A receiver looks at `hasRoom`, or awaits `whenRoom()`, before it takes more from its sender. There is no room
 * while the rate limit is used up or `maxBufferedRecords`, `maxBufferedBytes` wait for a batch. A receiver that stores on and on
 * without looking gets MR_RECEIVER_FULL at twice the bound.
 *
 * **Reliable receivers** await `store(...)` before they acknowledge to their sender: it resolves when the records are
 * safe, which means in the engine's memory, and on disk where a write-ahead log is on. A record that was stored alone becomes safe
 * with its block, after a block interval at most; `storeMany` is a block of its own and safe as soon as possible (R121).
 *
 * @example
 * ```ts
 * class Ticks extends Receiver<number> {
 *   #cancel = () => {};
 *
 *   onStart() {
 *     // The engine's time and not the machine's: a test with a ManualClock need not wait.
 *     const { clock } = this;
 *     const tick = () => {
 *       if (this.hasRoom) void this.store(clock.now());
 *       this.#cancel = clock.at(clock.now() + 10, tick);
 *     };
 *     tick();
 *   }
 *
 *   onStop() {
 *     this.#cancel();
 *   }
 * }
 * ssc.receiverStream(new Ticks()).count().print();
 * ```
 */
export abstract class Receiver<T> {
  #control: ReceiverControl<T> | null = null;

  /**
   * Begins to receive. Returns soon; it may be async for what has to be known before the job runs, such as a port. What
   * it throws when the context starts fails the start; when the receiver is started again, it stops this run with that error,
   * and another begins after the restart delay (R125).
   */
  abstract onStart(): void | Promise<void>;

  /** Ends what `onStart` began, soon. Called once for each start. */
  abstract onStop(): void | Promise<void>;

  /**
   * Hands over one record; it becomes part of the current block.
   * @param bytes about what it takes in memory, where that is known: it counts for `maxBufferedBytes`
   * @returns resolves when the record is safe; need not be awaited
   * @throws MR_RECEIVER_STATE before `onStart` and after the end (R126), MR_RECEIVER_FULL
   */
  store(record: T, bytes = 0): Promise<void> {
    return this.#attached.store(record, bytes);
  }

  /**
   * Hands over several records as one block.
   * @param bytes about what they take in memory, where that is known: it counts for `maxBufferedBytes`
   * @returns resolves when they are safe
   * @throws rejects like `store`
   */
  storeMany(records: readonly T[], bytes = 0): Promise<void> {
    return this.#attached.storeMany(records, bytes);
  }

  /**
   * Hands over whole lines of UTF-8 text, each with its line end ('\n' or '\r\n'), as records of the current block. Tasks decode them, so
   * the driver's thread does not. For receivers of strings.
   * @param bytes must not change any more
   * @param lines how many lines they are
   */
  storeText(bytes: Uint8Array, lines: number): Promise<void> {
    return this.#attached.storeText(bytes, lines);
  }

  /** Hands over sealed records as they are, in any codec. Resolves when they are safe. */
  storeBytes(block: Block): Promise<void> {
    return this.#attached.storeBlock(block);
  }

  /** False while the sender should be slowed. */
  get hasRoom(): boolean {
    return this.#attached.hasRoom;
  }

  /**
   * How many records may be stored now: what the rate limit allows, and as many as may wait. For receivers that have more in
   * hand than one record: who stores no more than this keeps the rate even and the bound exact. 0 where `hasRoom` is false.
   */
  get room(): number {
    return this.#attached.room;
  }

  /** A guess when there will be room, in ms, for senders that are told when to come back; 0 when there is. */
  get roomInMs(): number {
    return this.#attached.roomInMs;
  }

  /** Undefined when there is room, else resolves when there is, or when the receiver is stopped. Both can be awaited. */
  whenRoom(): Promise<void> | undefined {
    return this.#attached.whenRoom();
  }

  /** Counts records that were not taken and that their sender knows about: HTTP 429, a connection refused. */
  countRefused(records: number): void {
    this.#attached.refused(records);
  }

  /** Counts records that were thrown away by a policy that the user chose. */
  countDropped(records: number): void {
    this.#attached.dropped(records);
  }

  /**
   * Tells the stream on the driver something that it could not know, wherever this receiver runs: the port that it listens on. Plain
   * data; the stream gets it in `onAnnounced`.
   */
  announce(fact: unknown): void {
    this.#attached.announce(fact);
  }

  /** Tells listeners of an error; the receiver goes on (R123). */
  reportError(message: string, cause: unknown = null): void {
    this.#attached.reportError(message, cause);
  }

  /**
   * Stops this run and starts another after a delay, without waiting: `onStop`, the delay, `onStart` (R122).
   * @param delay the restart delay of `intake` unless given
   */
  restart(message: string, cause: unknown = null, delay?: Duration): void {
    this.#attached.restart(message, cause, delay);
  }

  /** Ends this run. While the context is active the engine starts the receiver again after the restart delay (R124). */
  stop(message: string, cause: unknown = null): void {
    this.#attached.stop(message, cause);
  }

  /** True between `onStart` and `onStop`. */
  isStarted(): boolean {
    return this.#control?.started ?? false;
  }

  /** True before the first start, after the end, and between the two halves of a restart (R122). */
  isStopped(): boolean {
    return this.#control?.stopped ?? true;
  }

  /** Id of the stream. */
  get streamId(): number {
    return this.#attached.streamId;
  }

  /** Time as the engine sees it: for delays and backoff, so that tests need not wait. */
  get clock(): Clock {
    return this.#attached.clock;
  }

  /** For the engine: who runs this receiver. */
  attach(control: ReceiverControl<T>): void {
    this.#control = control;
  }

  get #attached(): ReceiverControl<T> {
    if (this.#control === null)
      throw error('MR_RECEIVER_STATE', { what: 'store or be controlled', state: 'Initialized' });
    return this.#control;
  }
}
