import type { Receiver } from '@millrace/core';

/** What a connection's bytes go into: it makes records of them and stores them, at the pace that the receiver allows. */
export interface Inlet {
  /**
   * Takes the next bytes.
   * @returns undefined when everything in them is stored, else resolves when it is, or when `flush` was called
   * @throws MR_BAD_RECORD, directly or as a rejection, where a bad record is to end the connection
   */
  push(chunk: Buffer): Promise<void> | undefined;
  /** The sender has ended the connection: takes what is complete without more bytes. Else like `push`. */
  end(): Promise<void> | undefined;
  /**
   * The connection is over. What is in hand and complete is stored, room or not; what is not complete is lost, and counted as one
   * record that was dropped.
   * @returns bytes that were lost
   */
  flush(): number;
  /** Frames that were dealt with so far, in order, which includes those that a policy threw away. */
  readonly numDone: number;
  /** Resolves when what was stored is safe. */
  readonly stored: Promise<void>;
  /** Called when records were stored, as many at a time as there was room for. */
  onStored: (() => void) | null;
}

/** Makes the inlet of one connection. @param peer who sends, for errors */
export type MakeInlet<T> = (receiver: Receiver<T>, peer: string) => Inlet;

const NOTHING = Promise.resolve();

/** Stores items one after the other, and no more at a time than there is room for. */
export abstract class PacedInlet<Item, T> implements Inlet {
  protected readonly receiver: Receiver<T>;
  protected numStored = 0;
  stored: Promise<void> = NOTHING;
  onStored: (() => void) | null = null;
  /** Cut, and not stored yet, from `#at` on. */
  readonly #items: Item[] = [];
  #at = 0;
  /** What is wrong with the bytes behind the items. */
  #failure: unknown = null;
  #over = false;
  #counted = false;

  constructor(receiver: Receiver<T>) {
    this.receiver = receiver;
  }

  push(chunk: Buffer): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#collect(() => this.cut(chunk, this.#add));
    return this.#go();
  }

  end(): Promise<void> | undefined {
    // What was not complete when the connection was closed has been counted as lost.
    if (this.#over) return undefined;
    this.#collect(() => this.cutRest(this.#add));
    return this.#go();
  }

  flush(): number {
    this.#over = true;
    try {
      for (; this.#at < this.#items.length; this.#at++) this.store(this.#items[this.#at], Number.POSITIVE_INFINITY);
    } catch (e) {
      // Twice as much as allowed waits, or the record is bad: the connection is over in any case.
      this.receiver.reportError('What a connection had sent before it was closed could not be stored', e);
      this.#lose(this.#numInHand());
    }
    this.#clear();
    this.onStored?.();
    const { pending } = this;
    if (pending > 0) this.#lose(1);
    return pending;
  }

  /** Cuts bytes into items. */
  protected abstract cut(chunk: Buffer, add: (item: Item) => void): void;
  /** Cuts what was left, at the end of the connection. */
  protected abstract cutRest(add: (item: Item) => void): void;
  /**
   * Stores an item, or the part of it for which there is room.
   * @param room records that may be stored, at least 1
   * @returns what is left of it, or null
   */
  protected abstract store(item: Item, room: number): Item | null;
  /** How many records an item is, or stands for. */
  protected abstract recordsIn(item: Item): number;
  abstract readonly numDone: number;
  /** Bytes that belong to no item yet. */
  protected abstract readonly pending: number;
  /** The error for bytes that make no sense. */
  protected abstract badBytes(cause: unknown): Error;

  /** For `store`: books what it has stored. */
  protected hasStored(records: number, safe: Promise<void>): void {
    this.numStored += records;
    this.stored = safe;
  }

  #add = (item: Item): void => {
    this.#items.push(item);
  };

  /** What was cut before an error is stored before the error is told. */
  #collect(cut: () => void): void {
    try {
      cut();
    } catch (cause) {
      this.#failure = this.badBytes(cause);
    }
  }

  /** As far as it goes without waiting, and the rest behind waits. */
  #go(): Promise<void> | undefined {
    const free = this.#advance();
    return free === null ? undefined : this.#goOn(free);
  }

  async #goOn(first: Promise<void>): Promise<void> {
    for (let free: Promise<void> | null = first; free !== null; ) {
      await free;
      free = this.#over ? null : this.#advance();
    }
  }

  #advance(): Promise<void> | null {
    const before = this.numDone;
    try {
      return this.#storeItems();
    } finally {
      if (this.numDone > before) this.onStored?.();
    }
  }

  /** @returns null when all is stored, else what to wait for */
  #storeItems(): Promise<void> | null {
    const { receiver } = this;
    try {
      while (this.#at < this.#items.length) {
        let { room } = receiver;
        if (room === 0) {
          // The end of the engine makes no room; what is in hand is then flushed, or was.
          return receiver.whenRoom() ?? (receiver.room > 0 ? NOTHING : null);
        }
        for (; room > 0 && this.#at < this.#items.length; ) {
          const before = this.numStored;
          const left = this.store(this.#items[this.#at], room);
          if (left === null) this.#at++;
          else this.#items[this.#at] = left;
          room -= Math.max(1, this.numStored - before);
        }
      }
    } catch (e) {
      this.#lose(this.#numInHand());
      this.#clear();
      throw e;
    }
    this.#clear();
    if (this.#failure === null) return null;
    this.#lose(1);
    throw this.#failure;
  }

  /** Records that were received in part or whole, and that nobody will have. */
  #lose(records: number): void {
    if (this.#counted) return;
    // Where bytes make no sense, nobody knows how many records they were: one stands for all of them.
    this.#counted = true;
    this.receiver.countDropped(records);
  }

  #numInHand(): number {
    return this.#items.slice(this.#at).reduce((n, item) => n + this.recordsIn(item), 0);
  }

  #clear(): void {
    this.#items.length = 0;
    this.#at = 0;
  }
}
