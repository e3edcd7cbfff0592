import type { Clock } from '@millrace/core';
import type { OnSlow } from './serve-options.ts';

/** A message, made once for all clients. */
export interface Message {
  readonly data: string | Uint8Array;
  /** What it counts for. */
  readonly bytes: number;
}

/** Bytes that a message counts for besides its own: many small ones cost memory, too. */
const OVERHEAD = 64;

/** A message as it is counted. */
export function message(data: string | Uint8Array): Message {
  return { data, bytes: Buffer.byteLength(data) + OVERHEAD };
}

/** The connection to a client. */
export interface Wire {
  /** Hands a message to the system; `sent` is called when it is out of this process, or never will be. */
  send(data: string | Uint8Array, sent: () => void): void;
  /** Sends a sign of life. */
  ping(): void;
  /** Whether the client has shown one since the last `ping`; true before the first. */
  heard(): boolean;
  /** Says goodbye; the connection closes by itself after that. */
  end(): void;
  /** Closes it at once. */
  destroy(): void;
}

/** How an outbox behaves. */
export interface OutboxOptions {
  readonly maxBytes: number;
  readonly onSlow: OnSlow;
  readonly clock: Clock;
  /** Told of each message that is thrown away. */
  readonly onDrop: () => void;
  /** Told when the client is disconnected because it is slow. */
  readonly onDisconnect: () => void;
}

/** Bytes that may be with the system at a time: enough to keep it busy. What is there cannot be thrown away any more. */
const IN_FLIGHT = 64 * 1024;

/**
 * What waits for one client: at most `maxBytes`. A message that is larger may wait alone, besides one that is in flight.
 * Messages go out in order.
 *
 *     deliver ──► waiting ──► in flight (with the system) ──► sent
 */
export class Outbox {
  readonly #wire: Wire;
  readonly #options: OutboxOptions;
  readonly #waiting: { readonly message: Message; readonly counted: number }[] = [];
  /** Bytes that count: waiting and in flight. */
  #bytes = 0;
  /** Bytes and messages with the system, replayed ones as well. */
  #inFlight = 0;
  #inFlightMessages = 0;
  #waits: boolean;
  #closed = false;
  #wake: (() => void)[] = [];
  /** Whether something went out since the last heartbeat. */
  #progress = false;

  constructor(wire: Wire, options: OutboxOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#waits = options.onSlow === 'wait';
  }

  /** Bytes that are kept for this client, beyond what the history keeps anyway. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes in messages, those of a batch. Resolves when all are in, thrown away, or the client is gone. */
  async deliver(messages: readonly Message[]): Promise<void> {
    const { maxBytes, clock } = this.#options;
    let sinceBreath = 0;
    for (const message of messages) {
      // A large batch of small messages: the system has to have its turn, or else a quick client would seem slow.
      sinceBreath += message.bytes;
      if (sinceBreath > maxBytes / 4 && messages.length > 1) {
        await clock.breathe();
        sinceBreath = message.bytes;
      }
      await this.#makeRoom(message);
      if (this.#closed) return;
      this.#push(message, message.bytes);
    }
  }

  /** Takes in messages that are kept in the history anyway and so do not count. */
  replay(messages: readonly Message[]): void {
    for (const message of messages) this.#push(message, 0);
  }

  /** From now on nothing waits for this client: what comes is taken in beyond the bound. */
  release(): void {
    this.#waits = false;
    this.#notify();
  }

  /** Sends a sign of life. False if the client has shown none since the last one. */
  beat(): boolean {
    const backlog = this.#waiting.length + this.#inFlightMessages > 0;
    // Behind a backlog the sign of life is still on its way; that something goes out is sign enough.
    const alive = this.#wire.heard() || (backlog && this.#progress);
    this.#progress = false;
    if (alive) this.#wire.ping();
    return alive;
  }

  /** Resolves when all is sent, or the client is gone. */
  async drained(): Promise<void> {
    while (!this.#closed && this.#inFlightMessages + this.#waiting.length > 0) await this.#change();
  }

  /** The connection is closed, or shall be. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#notify();
  }

  async #makeRoom({ bytes }: Message): Promise<void> {
    const { maxBytes, onSlow, onDrop, onDisconnect } = this.#options;
    while (!this.#closed && this.bytes > 0 && this.bytes + bytes > maxBytes) {
      if (onSlow === 'wait') {
        if (!this.#waits) return;
        await this.#change();
      } else if (onSlow === 'disconnect') {
        onDisconnect();
        this.close();
        this.#wire.destroy();
      } else {
        const oldest = this.#waiting.shift();
        if (oldest === undefined) return;
        this.#bytes -= oldest.counted;
        onDrop();
      }
    }
  }

  #push(message: Message, counted: number): void {
    this.#waiting.push({ message, counted });
    this.#bytes += counted;
    this.#flush();
  }

  #flush(): void {
    // Half of the bound stays for what can still be thrown away.
    const limit = Math.min(IN_FLIGHT, this.#options.maxBytes / 2);
    while (!this.#closed) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      const { data, bytes } = next.message;
      if (this.#inFlight > 0 && this.#inFlight + bytes > limit) return;
      this.#waiting.shift();
      this.#inFlight += bytes;
      this.#inFlightMessages++;
      this.#wire.send(data, () => {
        this.#bytes -= next.counted;
        this.#inFlight -= bytes;
        this.#inFlightMessages--;
        this.#progress = true;
        this.#flush();
        this.#notify();
      });
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
