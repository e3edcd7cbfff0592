import { milliseconds, Receiver } from '@millrace/core';
import { error } from '@millrace/core/connector';
import { Reconnects } from '../net/backoff.ts';
import { Connection } from './connection.ts';
import { decodeMessage } from './decode-message.ts';
import { loadWs } from './load-ws.ts';
import type { WebSocketSettings } from './web-socket-options.ts';

/** A message's records that wait for room. */
interface Waiting<T> {
  readonly records: readonly T[];
  /** Of each record: its share of the message. */
  readonly bytes: number;
  stored: number;
}

/** The receiver of `webSocketStream`: one connection after the other, each a run. */
export class WebSocketReceiver<T> extends Receiver<T> {
  readonly #source: string;
  readonly #settings: WebSocketSettings<T>;
  readonly #reconnects: Reconnects;
  #connection: Connection | null = null;
  /** What came with the last piece that was read before the connection was paused. */
  #waiting: Waiting<T>[] = [];
  #isWaiting = false;
  #messages = 0;

  /** @param source what errors call it; no secrets */
  constructor(source: string, settings: WebSocketSettings<T>) {
    super();
    this.#source = source;
    this.#settings = settings;
    this.#reconnects = new Reconnects(settings.reconnect);
  }

  override async onStart(): Promise<void> {
    const ws = await loadWs();
    const connection: Connection = new Connection(this.#settings as WebSocketSettings<never>, this.clock, {
      onOpen: () => this.#reconnects.opened(this.clock),
      onMessage: (message, bytes) => this.#take(connection, message, bytes),
      onEnd: (reason, failure) => this.#again(reason, failure),
    });
    this.#connection = connection;
    if (this.#isWaiting) connection.pause();
    void connection.open(ws);
  }

  override async onStop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
    this.#storeWhatWaits();
    // No room, and no hope of any: the context stops, and takes what is in hand.
    if (this.#waiting.length > 0 && this.whenRoom() === undefined) this.#storeRest();
  }

  #take(connection: Connection, message: string | Uint8Array, bytes: number): void {
    this.#messages++;
    let records: readonly T[];
    try {
      records = decodeMessage(message, this.#settings.decode);
    } catch (cause) {
      this.#bad(connection, cause, message);
      return;
    }
    this.#reconnects.delivered();
    if (records.length === 0) return;
    this.#waiting.push({ records, bytes: Math.ceil(bytes / records.length), stored: 0 });
    this.#storeWhatWaits();
    if (this.#waiting.length > 0) void this.#waitForRoom();
  }

  #storeWhatWaits(): void {
    let done = 0;
    for (const each of this.#waiting) {
      while (each.stored < each.records.length && this.hasRoom) {
        void this.store(each.records[each.stored++] as T, each.bytes);
      }
      if (each.stored < each.records.length) break;
      done++;
    }
    this.#waiting.splice(0, done);
  }

  async #waitForRoom(): Promise<void> {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#connection?.pause();
    while (this.#waiting.length > 0) {
      const room = this.whenRoom();
      // The end: `onStop` has stored what waited.
      if (room === undefined && !this.hasRoom) return;
      await room;
      this.#storeWhatWaits();
    }
    this.#isWaiting = false;
    this.#connection?.resume();
  }

  #storeRest(): void {
    for (const each of this.#waiting.splice(0)) {
      try {
        for (; each.stored < each.records.length; each.stored++) {
          void this.store(each.records[each.stored] as T, each.bytes);
        }
      } catch (e) {
        this.countDropped(each.records.length - each.stored);
        this.reportError(`${this.#source}: records that were in hand at the end could not be stored`, e);
      }
    }
  }

  #bad(connection: Connection, cause: unknown, message: string | Uint8Array): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const where = `message ${this.#messages}`;
    const failure = error('MR_BAD_RECORD', { source: this.#source, where, reason }, { cause });
    const { onBadRecord } = this.#settings;
    try {
      if (onBadRecord === 'fail') throw failure;
      if (onBadRecord !== 'drop') onBadRecord(failure, message);
      this.countDropped(1);
    } catch (e) {
      this.reportError(`${this.#source}: a message could not be read`, e);
      connection.fail('a message could not be read', null);
    }
  }

  #again(reason: string, failure: Error | null): void {
    const delay = milliseconds(this.#reconnects.failed(this.clock));
    const source = this.#source;
    const cause =
      failure === null
        ? null
        : error('MR_SOURCE_FAILED', { source, reason: `${reason} (${failure.message})` }, { cause: failure });
    this.restart(`${source}: ${reason}`, cause, delay);
  }
}
