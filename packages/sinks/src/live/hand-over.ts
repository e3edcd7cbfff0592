import type { Clock } from '@millrace/core';

/** How a hand-over behaves. */
export interface HandOverOptions {
  /** Most items that wait for a consumer. */
  readonly maxBuffered: number;
  /** When so many wait: the producer waits, or the oldest are thrown away. */
  readonly onFull: 'wait' | 'dropOldest';
  readonly clock: Clock;
}

/** A `next` that waits for an item, and whose it is. */
interface Taker<T> {
  readonly consumer: object;
  readonly promise: PromiseWithResolvers<IteratorResult<T, undefined>>;
}

/** Items after which a producer lets timers and sockets have their turn, consumers among them. */
const BREATH = 1024;

/**
 * The bounded queue between a job, which offers batch by batch, and consumers, who take one item at a time. Every item goes
 * to one consumer.
 */
export class HandOver<T> {
  readonly #options: HandOverOptions;
  readonly #consumers = new Set<object>();
  /** What waits begins at `#head`; what is before it is cut off now and then, since `shift` of a long array is slow. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #takers: Taker<T>[] = [];
  #wake: (() => void) | null = null;
  #turn: Promise<void> = Promise.resolve();
  #dropped = 0;
  #hadConsumer = false;
  #waits: boolean;
  #closed = false;
  #end: { readonly failure: { readonly reason: unknown } | null } | null = null;

  constructor(options: HandOverOptions) {
    this.#options = options;
    this.#waits = options.onFull === 'wait';
  }

  /** Items that wait for a consumer. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Items that were thrown away because nobody took them in time. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False when nobody will take anything: all consumers have left. Before the first has come, items are kept for it. */
  get wanted(): boolean {
    return !this.#closed && (this.#consumers.size > 0 || !this.#hadConsumer);
  }

  /** How the job ended; null while it runs. */
  get ended(): { readonly failure: { readonly reason: unknown } | null } | null {
    return this.#end;
  }

  /** Takes in items one after the other, those of an earlier call first; resolves when all are in the queue or not wanted. */
  offer(items: readonly T[]): Promise<void> {
    const offered = this.#turn.then(() => this.#takeIn(items));
    this.#turn = offered;
    return offered;
  }

  /** From now on the producer does not wait: what it still offers is taken in beyond the bound. */
  release(): void {
    this.#waits = false;
    this.#makeRoom();
  }

  /** Nothing more comes. What waits is still given. */
  end(failure: { readonly reason: unknown } | null): void {
    this.#end ??= { failure };
    // Takers wait only while there are no items.
    for (const { promise } of this.#takers.splice(0)) {
      if (failure === null) promise.resolve({ done: true, value: undefined });
      else promise.reject(failure.reason);
    }
  }

  /** A consumer comes. Until it leaves, the job works for it. */
  join(consumer: object): void {
    if (this.#closed) return;
    this.#hadConsumer = true;
    this.#consumers.add(consumer);
  }

  /** A consumer leaves; with the last one goes what waits. */
  leave(consumer: object): void {
    if (!this.#consumers.delete(consumer)) return;
    this.#dismiss((taker) => taker.consumer === consumer);
    if (this.#consumers.size === 0) this.#clear();
  }

  /** All consumers leave, and none can come any more. */
  close(): void {
    this.#closed = true;
    this.#consumers.clear();
    this.#dismiss(() => true);
    this.#clear();
  }

  has(consumer: object): boolean {
    return this.#consumers.has(consumer);
  }

  /** The next item for a consumer. Rejects with the job's error when that ended the job and nothing waits any more. */
  take(consumer: object): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#shift() });
    const promise = Promise.withResolvers<IteratorResult<T, undefined>>();
    if (this.#end === null) this.#takers.push({ consumer, promise });
    else if (this.#end.failure === null) promise.resolve({ done: true, value: undefined });
    else promise.reject(this.#end.failure.reason);
    return promise.promise;
  }

  async #takeIn(items: readonly T[]): Promise<void> {
    const { maxBuffered, clock } = this.#options;
    for (const [i, item] of items.entries()) {
      if (i % BREATH === BREATH - 1) await clock.breathe();
      while (this.#waits && this.wanted && this.size >= maxBuffered) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (!this.wanted) return;
      const taker = this.#takers.shift();
      if (taker !== undefined) {
        taker.promise.resolve({ done: false, value: item });
        continue;
      }
      if (this.#options.onFull === 'dropOldest' && this.size >= maxBuffered) {
        this.#shift();
        this.#dropped++;
      }
      this.#items.push(item);
    }
  }

  #shift(): T {
    const item = this.#items[this.#head] as T;
    // Nobody should keep alive what was given away.
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    this.#makeRoom();
    return item;
  }

  #dismiss(which: (taker: Taker<T>) => boolean): void {
    const leaving = this.#takers.filter(which);
    this.#takers = this.#takers.filter((taker) => !leaving.includes(taker));
    for (const { promise } of leaving) promise.resolve({ done: true, value: undefined });
  }

  #clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
