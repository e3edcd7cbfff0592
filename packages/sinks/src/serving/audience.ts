import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@millrace/core';
import { type Message, Outbox, type Wire } from './outbox.ts';
import type { ServeSettings } from './serve-options.ts';

/** A batch as it is sent. */
export interface SentBatch {
  /** Batch time in ms. */
  readonly time: number;
  readonly messages: readonly Message[];
}

/** A client that is connected. */
export interface Client {
  /** The connection is gone. */
  left(): void;
}

/** Longest wait for clients to take what is on its way to them when the job ends. By the machine's clock: they are outside. */
const GOODBYE_MS = 2000;

/** All clients of a sink, and the batches that are kept for new ones. */
export class Audience {
  /** Messages that were thrown away for slow clients, and clients that were disconnected for being slow. */
  dropped = 0;
  disconnected = 0;
  readonly #settings: ServeSettings;
  readonly #clock: Clock;
  readonly #clients = new Map<Outbox, Wire>();
  readonly #history: SentBatch[] = [];
  /** The newest batch that the history had and has no more. */
  #forgotten = Number.NEGATIVE_INFINITY;
  #turn: Promise<void> = Promise.resolve();
  #cancelBeat: () => void = () => {};
  #whenEmpty: () => void = () => {};
  #released = false;
  #closed = false;

  constructor(settings: ServeSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Clients that are connected. */
  get size(): number {
    return this.#clients.size;
  }

  /** False when a batch would reach nobody, now or later. */
  get wanted(): boolean {
    return this.#clients.size > 0 || this.#settings.history > 0;
  }

  /** True when no more clients may come. */
  get full(): boolean {
    return this.#closed || this.#clients.size >= this.#settings.maxClients;
  }

  /** Most bytes that any client has waiting. */
  get bufferedBytes(): number {
    return Math.max(0, ...[...this.#clients.keys()].map((outbox) => outbox.bytes));
  }

  /** Begins to send signs of life. */
  open(): void {
    this.#cancelBeat = this.#clock.at(this.#clock.now() + this.#settings.heartbeatMs, () => {
      for (const [outbox, wire] of [...this.#clients]) if (!outbox.beat()) this.#cut(outbox, wire);
      this.open();
    });
  }

  /**
   * A client comes.
   * @param after the time of the last batch that it has; null if it has none
   * @param gap makes what it is told if batches after that are not kept any more
   */
  join(wire: Wire, after: number | null = null, gap?: (from: number, to: number) => Message): Client {
    const { maxBufferedBytes, onSlow, replayLast } = this.#settings;
    const outbox = new Outbox(wire, {
      maxBytes: maxBufferedBytes,
      onSlow,
      clock: this.#clock,
      onDrop: () => void this.dropped++,
      onDisconnect: () => {
        this.disconnected++;
        this.#remove(outbox);
      },
    });
    this.#clients.set(outbox, wire);
    if (this.#released) outbox.release();
    if (after !== null && gap !== undefined && after < this.#forgotten) {
      outbox.replay([gap(after, this.#forgotten)]);
    }
    // With the one that is being handed over to the others now: this client is not among them.
    const missed = after === null ? this.#history.slice(replayLast ? -1 : this.#history.length) : this.#history;
    for (const { time, messages } of missed) if (after === null || time > after) outbox.replay(messages);
    return {
      left: () => {
        this.#remove(outbox);
        outbox.close();
      },
    };
  }

  /** Gives a batch to all clients that are there, after those of earlier calls. */
  publish(batch: SentBatch): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const clients = [...this.#clients.keys()];
      this.#keep(batch);
      await Promise.all(clients.map((outbox) => outbox.deliver(batch.messages)));
    });
    return this.#turn;
  }

  /** A batch was not published because nobody wanted it. */
  skip(time: number): void {
    this.#forgotten = Math.max(this.#forgotten, time);
  }

  /** From now on batches wait for nobody. */
  release(): void {
    this.#released = true;
    for (const outbox of this.#clients.keys()) outbox.release();
  }

  /** Says goodbye to all clients when they have what is on its way to them, and closes the connections of those who do not listen. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBeat();
    const timeout = new AbortController();
    const late = delay(GOODBYE_MS, undefined, { signal: timeout.signal }).catch(() => {});
    await Promise.race([late, Promise.all([...this.#clients.keys()].map((outbox) => outbox.drained()))]);
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const wire of this.#clients.values()) wire.end();
    if (this.#clients.size > 0) await Promise.race([late, empty]);
    timeout.abort();
    for (const [outbox, wire] of [...this.#clients]) this.#cut(outbox, wire);
  }

  #cut(outbox: Outbox, wire: Wire): void {
    this.#remove(outbox);
    outbox.close();
    wire.destroy();
  }

  #remove(outbox: Outbox): void {
    this.#clients.delete(outbox);
    if (this.#clients.size === 0) this.#whenEmpty();
  }

  #keep(batch: SentBatch): void {
    this.#history.push(batch);
    while (this.#history.length > this.#settings.history) {
      this.skip((this.#history.shift() as SentBatch).time);
    }
  }
}
