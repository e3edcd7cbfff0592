import { type Duration, durationMs } from '../api/time.ts';
import type { Block } from '../data/block.ts';
import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import { BlockGenerator } from './block-generator.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { ReceivedBlock } from './received-block.ts';
import type { Receiver, ReceiverControl } from './receiver.ts';
import type { ReceiverSettings } from './receiver-settings.ts';

/** Records and bytes that wait. */
export interface Waiting {
  readonly records: number;
  readonly bytes: number;
}

/** What becomes of a receiver: told to listeners (R115). */
export type ReceiverEvent = 'started' | 'error' | 'stopped';

/** Who gets what a receiver stores: the driver's tracker, or a messenger to it. */
export interface ReceiverHost {
  /** Stores a block; undefined when it is safe at once, else resolves when it is. */
  push(block: ReceivedBlock): Promise<void> | undefined;
  /** What was stored and whose batch has not begun, as far as it is known here. */
  readonly waiting: Waiting;
  /** Whether tasks run in this heap. */
  readonly oneHeap?: boolean;
  event(kind: ReceiverEvent, message: string | null, cause: unknown): void;
  /** Records that were turned away so far. */
  counted(refused: number, dropped: number): void;
  /** Something for the stream on the driver. */
  announced?(fact: unknown): void;
}

/** Blocks that may be on their way to be stored (`spark.streaming.blockQueueSize`, R127). */
const BLOCK_QUEUE_SIZE = 10;
/** A receiver that does not look whether there is room is stopped from filling the memory at this many times the bound. */
export const PATIENCE = 2;

/**
 * Runs one receiver, on the driver or in a worker: starts, restarts and stops it (R122, R124), makes blocks of what it
 * stores, and tells it when to slow its sender. Spark's ReceiverSupervisor.
 */
export class ReceiverSupervisor implements ReceiverControl {
  readonly streamId: number;
  readonly clock: Clock;
  readonly #receiver: Receiver<unknown>;
  readonly #settings: ReceiverSettings;
  readonly #host: ReceiverHost;
  readonly #generator: BlockGenerator;
  readonly #limiter: RateLimiter;
  started = false;
  #everStarted = false;
  #over = false;
  #cancelRestart: (() => void) | null = null;
  /** The end of the run before, which the next one waits for; null when it is over. */
  #ending: Promise<void> | null = null;
  #waiters: PromiseWithResolvers<void> | null = null;
  #cancelLook: (() => void) | null = null;
  #refused = 0;
  #dropped = 0;
  /** In blocks that are being stored. */
  #pushing = { records: 0, bytes: 0 };

  constructor(
    receiver: Receiver<unknown>,
    streamId: number,
    settings: ReceiverSettings,
    host: ReceiverHost,
    clock: Clock,
  ) {
    this.streamId = streamId;
    this.clock = clock;
    this.#receiver = receiver;
    this.#settings = settings;
    this.#host = host;
    this.#limiter = new RateLimiter(settings, clock.elapsed());
    this.#generator = new BlockGenerator({
      streamId,
      blockIntervalMs: settings.blockIntervalMs,
      clock,
      oneHeap: host.oneHeap,
      push: (block) => this.#push(block),
      onError: (e) => this.reportError('A block could not be stored', e),
    });
    receiver.attach(this);
  }

  // ---- life --------------------------------------------------------------------------------------------------------------

  /** The first start. @throws what `onStart` throws */
  async start(): Promise<void> {
    this.#generator.start();
    await this.#begin();
  }

  /** The end: `onStop`, then what is in the buffer is stored. Twice is fine. */
  async shutdown(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#cancelRestart?.();
    this.#endRun('stopped by the context', null);
    await this.#ending;
    await this.#generator.stop();
    this.#cancelLook?.();
    this.#cancelLook = null;
    this.#waiters?.resolve();
    this.#waiters = null;
  }

  restart(message: string, cause: unknown, delay: Duration | undefined): void {
    const delayMs =
      delay === undefined ? this.#settings.restartDelayMs : durationMs(delay, 'restart: delay', { allowZero: true });
    // Not the delay: a random one would make each message of the same outage another, and each a line in the log.
    this.#again(`Restarting receiver: ${message}`, cause, delayMs);
  }

  stop(message: string, cause: unknown): void {
    this.#again(message, cause, this.#settings.restartDelayMs);
  }

  get stopped(): boolean {
    return !this.started;
  }

  // ---- what comes in ------------------------------------------------------------------------------------------------------

  store(record: unknown, bytes: number): Promise<void> {
    this.#admit(1);
    return this.#generator.add(record, undefined, bytes);
  }

  async storeMany(records: readonly unknown[], bytes: number): Promise<void> {
    this.#admit(records.length);
    if (records.length === 0) return;
    // The caller may go on to use its array.
    await this.#generator.addBlock({
      numRecords: records.length,
      numBytes: bytes,
      partition: { kind: 'live', records: [...records] },
    });
  }

  storeText(bytes: Uint8Array, lines: number): Promise<void> {
    this.#admit(lines);
    return lines === 0 ? Promise.resolve() : this.#generator.addText(bytes, lines);
  }

  async storeBlock(block: Block): Promise<void> {
    const numRecords = Math.max(0, block.count);
    this.#admit(numRecords);
    await this.#generator.addBlock({
      numRecords,
      numBytes: block.bytes.length,
      partition: { kind: 'blocks', blocks: [block] },
    });
  }

  /** Makes a block of what is in the buffer: a batch is about to take what there is. */
  cut(): void {
    this.#generator.tick();
  }

  // ---- how much may come in ---------------------------------------------------------------------------------------------

  /** All that was received and whose batch has not begun, as far as it is known here. */
  get waiting(): Waiting {
    const { waiting } = this.#host;
    return {
      records: waiting.records + this.#pushing.records + this.#generator.numRecords,
      bytes: waiting.bytes + this.#pushing.bytes + this.#generator.numBytes,
    };
  }

  get hasRoom(): boolean {
    if (this.#over || this.#generator.queued >= BLOCK_QUEUE_SIZE) return false;
    return !this.#isFull(1) && this.#limiter.waitMs(this.clock.elapsed()) === 0;
  }

  get room(): number {
    if (!this.hasRoom) return 0;
    const left = this.#settings.maxBufferedRecords - this.waiting.records;
    return Math.min(left, this.#limiter.allowed(this.clock.elapsed()));
  }

  get roomInMs(): number {
    if (this.hasRoom) return 0;
    return Math.max(this.#limiter.waitMs(this.clock.elapsed()), this.#settings.blockIntervalMs);
  }

  whenRoom(): Promise<void> | undefined {
    if (this.hasRoom || this.#over) return undefined;
    this.#waiters ??= Promise.withResolvers<void>();
    this.#lookAgain();
    return this.#waiters.promise;
  }

  /** To be called when there may be room again. */
  roomChanged(): void {
    if (this.#waiters === null) return;
    if (!this.hasRoom && !this.#over) {
      this.#lookAgain();
      return;
    }
    const waiters = this.#waiters;
    this.#waiters = null;
    waiters.resolve();
  }

  /** Records per second that hold now; null without a limit. */
  get rateLimit(): number | null {
    return Number.isFinite(this.#limiter.currentLimit) ? this.#limiter.currentLimit : null;
  }

  updateRate(rate: number): void {
    this.#limiter.updateRate(rate, this.clock.elapsed());
    this.roomChanged();
  }

  refused(records: number): void {
    this.#refused += records;
    this.#host.counted(this.#refused, this.#dropped);
  }

  dropped(records: number): void {
    this.#dropped += records;
    this.#host.counted(this.#refused, this.#dropped);
  }

  announce(fact: unknown): void {
    this.#host.announced?.(fact);
  }

  reportError(message: string, cause: unknown): void {
    this.#host.event('error', message, cause);
  }

  // ---- inside -----------------------------------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    this.#everStarted = true;
    this.started = true;
    this.#host.event('started', null, null);
    try {
      await this.#receiver.onStart();
    } catch (e) {
      this.#endRun('Error starting the receiver', e);
      throw e;
    }
  }

  /** Ends this run, and begins another after a delay. */
  #again(message: string, cause: unknown, delayMs: number): void {
    // A receiver that asks twice, say on an error and on the close behind it, is restarted once.
    if (!this.started || this.#over) return;
    this.#endRun(message, cause);
    if (this.#ending === null) this.#beginIn(delayMs);
    else void this.#ending.then(() => this.#beginIn(delayMs));
  }

  #beginIn(delayMs: number): void {
    if (this.#over) return;
    this.#cancelRestart = this.clock.at(this.clock.now() + delayMs, () => {
      this.#cancelRestart = null;
      this.#begin().catch((e: unknown) => this.#retryStart(e));
    });
  }

  /** A start that failed has ended its run; the next attempt follows (R124, R125). */
  #retryStart(cause: unknown): void {
    if (this.#over) return;
    this.reportError('The receiver could not be started again', cause);
    this.#beginIn(this.#settings.restartDelayMs);
  }

  /** `onStop`, then the end is told (R122). */
  #endRun(message: string, cause: unknown): void {
    if (!this.started) return;
    this.started = false;
    const ended = () => this.#host.event('stopped', message, cause);
    const failed = (e: unknown) => this.reportError('The receiver failed to stop', e);
    let stopping: void | Promise<void> | null = null;
    try {
      stopping = this.#receiver.onStop();
    } catch (e) {
      failed(e);
    }
    if (!(stopping instanceof Promise)) {
      ended();
      return;
    }
    this.#ending = stopping.catch(failed).then(() => {
      this.#ending = null;
      ended();
    });
  }

  #admit(records: number): void {
    if (!this.#everStarted) throw error('MR_RECEIVER_STATE', { what: 'store', state: 'Initialized' });
    // At the end a receiver hands over what it has in hand, and takes nothing more.
    if (!this.#over && this.#isFull(PATIENCE)) {
      throw error('MR_RECEIVER_FULL', { stream: this.streamId, ...this.waiting });
    }
    this.#limiter.take(records, this.clock.elapsed());
  }

  #isFull(times: number): boolean {
    const { maxBufferedRecords, maxBufferedBytes } = this.#settings;
    const { records, bytes } = this.waiting;
    return records >= maxBufferedRecords * times || bytes >= maxBufferedBytes * times;
  }

  #push(block: ReceivedBlock): Promise<void> | undefined {
    const pushed = this.#host.push(block);
    if (pushed === undefined) return undefined;
    this.#pushing.records += block.numRecords;
    this.#pushing.bytes += block.numBytes;
    return pushed.finally(() => {
      this.#pushing.records -= block.numRecords;
      this.#pushing.bytes -= block.numBytes;
      // The generator books the end of a push after this.
      queueMicrotask(() => this.roomChanged());
    });
  }

  /** When the rate limit is what there is no room for, time alone makes room. */
  #lookAgain(): void {
    const waitMs = this.#limiter.waitMs(this.clock.elapsed());
    if (waitMs === 0 || this.#cancelLook !== null) return;
    this.#cancelLook = this.clock.at(this.clock.now() + Math.ceil(waitMs), () => {
      this.#cancelLook = null;
      this.roomChanged();
    });
  }
}
