import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import { BlockBuffer, type BufferedBlock } from './block-buffer.ts';
import type { ReceivedBlock } from './received-block.ts';

/** A generator's life. It only goes forward, and not back to the beginning (R128). */
export type GeneratorState = 'Initialized' | 'Active' | 'StoppedAddingData' | 'StoppedGeneratingBlocks' | 'StoppedAll';

export interface BlockGeneratorOptions {
  readonly streamId: number;
  /** How often what has come in becomes a block, in ms. */
  readonly blockIntervalMs: number;
  readonly clock: Clock;
  /** Whether tasks run in this heap, so that text need not be copied for them. */
  readonly oneHeap?: boolean;
  /** Stores a block; undefined when it is safe at once, else resolves when it is. */
  readonly push: (block: ReceivedBlock) => Promise<void> | undefined;
  /** Told that a block could not be stored. */
  readonly onError: (error: unknown) => void;
}

/**
 * Turns single records into blocks: what came in within a block interval is one block, one partition of a batch (R127).
 * All records of a block become safe together, so they share one promise and cost nothing each.
 *
 * Spark's BlockGenerator. Its block intervals are multiples of the interval; a batch that begins in between cuts what is
 * there, so that a record waits for one batch at most.
 */
export class BlockGenerator {
  readonly #options: BlockGeneratorOptions;
  readonly #buffer: BlockBuffer;
  readonly #pushing = new Set<Promise<void>>();
  #state: GeneratorState = 'Initialized';
  /** Of the records in the buffer; made when somebody asks. */
  #safe: PromiseWithResolvers<void> | null = null;
  #cancelTick: (() => void) | null = null;
  #lastInterval = Number.NaN;
  #cutsInInterval = 0;

  constructor(options: BlockGeneratorOptions) {
    this.#options = options;
    this.#buffer = new BlockBuffer(options.oneHeap);
  }

  get state(): GeneratorState {
    return this.#state;
  }

  /** Blocks that are being stored. */
  get queued(): number {
    return this.#pushing.size;
  }

  /** Records and bytes that are in no block yet. */
  get numRecords(): number {
    return this.#buffer.numRecords;
  }

  get numBytes(): number {
    return this.#buffer.numBytes;
  }

  /** Begins. @throws MR_RECEIVER_STATE the second time */
  start(): void {
    if (this.#state !== 'Initialized') throw refused('start its block generator a second time', this.#state);
    this.#state = 'Active';
  }

  /**
   * One record.
   * @param onAdded called when it is in the buffer (R129)
   * @param bytes about what it takes in memory
   * @returns the promise of all records of its block
   * @throws MR_RECEIVER_STATE unless active
   */
  add(record: unknown, onAdded?: () => void, bytes = 0): Promise<void> {
    this.#begin('records');
    this.#buffer.addRecord(record, bytes);
    onAdded?.();
    return this.#added();
  }

  /** Several records of one block; `onAdded` is called once. Else like `add`. */
  addMultiple(records: readonly unknown[], onAdded?: () => void): Promise<void> {
    this.#begin('records');
    this.#buffer.addRecords(records);
    onAdded?.();
    return this.#added();
  }

  /** Whole lines of UTF-8 text, which tasks decode; each with its line end. Else like `add`. */
  addText(bytes: Uint8Array, lines: number): Promise<void> {
    this.#begin('text');
    this.#buffer.addText(bytes, lines);
    return this.#added();
  }

  /** A block that is one already: it goes behind what is in the buffer, in order. */
  async addBlock(block: BufferedBlock): Promise<void> {
    this.#refuseUnlessActive();
    this.tick();
    await this.#push(block);
  }

  /** Makes a block of what is in the buffer; nothing if that is nothing. */
  tick(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
    if (this.#buffer.isEmpty) return;
    const safe = this.#safe;
    this.#safe = null;
    const pushed = this.#push(this.#buffer.cut());
    if (pushed === undefined) safe?.resolve();
    else if (safe !== null) pushed.then(safe.resolve, safe.reject);
  }

  /** Takes no more data, makes the last block and waits until all are stored, in that order (R128). Twice is fine. */
  async stop(): Promise<void> {
    if (this.#state === 'StoppedAll') return;
    this.#state = 'StoppedAddingData';
    this.tick();
    this.#state = 'StoppedGeneratingBlocks';
    await Promise.allSettled(this.#pushing);
    this.#state = 'StoppedAll';
  }

  #begin(kind: 'records' | 'text'): void {
    this.#refuseUnlessActive();
    if (!this.#buffer.takes(kind)) this.tick();
    if (this.#buffer.isEmpty) this.#scheduleTick();
  }

  #added(): Promise<void> {
    if (this.#safe === null) {
      this.#safe = Promise.withResolvers<void>();
      // Who does not wait for it is told of the error by `onError`.
      this.#safe.promise.catch(() => {});
    }
    const { promise } = this.#safe;
    if (this.#buffer.isFull) this.tick();
    return promise;
  }

  /** The timer runs only while there is something to cut: an idle source costs nothing. */
  #scheduleTick(): void {
    const { clock, blockIntervalMs } = this.#options;
    this.#cancelTick = clock.at(this.#intervalStart() + blockIntervalMs, () => this.tick());
  }

  #intervalStart(): number {
    const { clock, blockIntervalMs } = this.#options;
    return Math.floor(clock.now() / blockIntervalMs) * blockIntervalMs;
  }

  #push({ partition, numRecords, numBytes }: BufferedBlock): Promise<void> | undefined {
    const { streamId, push, onError } = this.#options;
    const block: ReceivedBlock = { id: this.#nextId(), streamId, numRecords, numBytes, partition };
    let pushed: Promise<void> | undefined;
    try {
      pushed = push(block);
    } catch (e) {
      pushed = Promise.reject(e);
    }
    if (pushed === undefined) return undefined;
    const stored = pushed;
    this.#pushing.add(stored);
    stored.catch(onError).finally(() => this.#pushing.delete(stored));
    return stored;
  }

  #nextId(): string {
    const start = this.#intervalStart();
    if (start !== this.#lastInterval) {
      this.#lastInterval = start;
      this.#cutsInInterval = 0;
    }
    const nth = this.#cutsInInterval++;
    return `input-${this.#options.streamId}-${start}${nth === 0 ? '' : `.${nth}`}`;
  }

  #refuseUnlessActive(): void {
    if (this.#state !== 'Active') throw refused('take data', this.#state);
  }
}

function refused(what: string, state: GeneratorState): Error {
  return error('MR_RECEIVER_STATE', { what, state });
}
