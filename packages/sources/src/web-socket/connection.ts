import type { Clock } from '@millrace/core';
import { secretsOf, withoutSecrets } from '@millrace/core/connector';
import type { WebSocket } from 'ws';
import { contentOf } from './decode-message.ts';
import {
  checkedHeaders,
  checkedMessages,
  checkedUrl,
  type Fresh,
  type WebSocketSettings,
} from './web-socket-options.ts';

/** Who is told what happens on a connection. After `onEnd` nothing more. */
export interface ConnectionEvents {
  onOpen(): void;
  /** @param bytes as long as it was on the wire */
  onMessage(message: string | Uint8Array, bytes: number): void;
  /** It has ended, or was never made. @param failure what went wrong, without secrets; null when the server closed it in order */
  onEnd(reason: string, failure: Error | null): void;
}

type Ws = typeof import('ws');

/** One connection to a server. */
export class Connection {
  readonly #settings: WebSocketSettings<never>;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  #socket: WebSocket | null = null;
  #secrets: string[] = [];
  #ended = false;
  #wantsPause = false;
  #cancelTimers: (() => void)[] = [];
  /** Something came since the last look. */
  #alive = true;

  constructor(settings: WebSocketSettings<never>, clock: Clock, events: ConnectionEvents) {
    this.#settings = settings;
    this.#clock = clock;
    this.#events = events;
  }

  /** Connects. Never rejects: `onEnd` is told. */
  async open(ws: Ws): Promise<void> {
    try {
      const { protocols, tls, maxMessageBytes, connectTimeoutMs } = this.#settings;
      const url = checkedUrl(await fresh(this.#settings.url));
      const headers = checkedHeaders(await fresh(this.#settings.headers));
      this.#secrets = [...secretsOf(url), ...Object.values(headers)];
      if (this.#ended) return;
      const socket = new ws.WebSocket(url, [...protocols], {
        ...tls,
        headers,
        handshakeTimeout: connectTimeoutMs,
        maxPayload: maxMessageBytes,
        // Packed, a few bytes become many messages, which no pause would hold back.
        perMessageDeflate: false,
        followRedirects: false,
      });
      this.#socket = socket;
      this.#listenTo(socket);
    } catch (e) {
      this.#end('the connection could not be prepared', this.#clean(e));
    }
  }

  /** Stops reading: TCP slows the server. What was read already still comes. */
  pause(): void {
    this.#wantsPause = true;
    this.#socket?.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#wantsPause = false;
    // A server that could not be heard was not silent.
    this.#alive = true;
    this.#socket?.resume();
  }

  /** Ends it, with a word to the server. `onEnd` is not told. */
  async close(): Promise<void> {
    this.#finish();
    const socket = this.#socket;
    if (socket === null) return;
    if (socket.readyState === socket.OPEN) socket.close(1000);
    // The word leaves; the answer is not awaited, since it may lie behind a paused stream.
    await this.#clock.breathe();
    socket.terminate();
  }

  /** Gives it up. */
  fail(reason: string, failure: Error | null): void {
    this.#end(reason, failure);
    this.#socket?.terminate();
  }

  #listenTo(socket: WebSocket): void {
    let failure: Error | null = null;
    socket.on('open', () => void this.#opened(socket));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.#ended) return;
      this.#alive = true;
      this.#events.onMessage(contentOf(data, isBinary), data.length);
    });
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('ping', () => {
      this.#alive = true;
    });
    socket.on('error', (e) => {
      failure ??= this.#clean(e);
    });
    socket.on('close', (code, reason) => {
      const text = reason.length === 0 ? '' : `: ${reason.toString()}`;
      this.#end(`the connection was closed with code ${code}${withoutSecrets(text, this.#secrets).message}`, failure);
    });
  }

  async #opened(socket: WebSocket): Promise<void> {
    try {
      if (this.#ended) return;
      if (this.#wantsPause) socket.pause();
      this.#events.onOpen();
      this.#watch(socket);
      for (const message of checkedMessages(await fresh(this.#settings.onOpen))) {
        if (socket.readyState === socket.OPEN) socket.send(message);
      }
    } catch (e) {
      this.fail('the first messages could not be sent', this.#clean(e));
    }
  }

  #watch(socket: WebSocket): void {
    const { heartbeatMs, idleTimeoutMs } = this.#settings;
    if (heartbeatMs !== null) {
      this.#every(heartbeatMs, () => {
        if (socket.isPaused) return;
        if (!this.#alive) {
          this.fail(`the server gave no sign of life for ${heartbeatMs} ms`, null);
          return;
        }
        this.#alive = false;
        socket.ping();
      });
    }
    if (idleTimeoutMs === null) return;
    let messages = 0;
    let seen = -1;
    socket.on('message', () => messages++);
    this.#every(idleTimeoutMs, () => {
      if (socket.isPaused) seen = -1;
      else if (messages === seen) this.fail(`no message came for ${idleTimeoutMs} ms`, null);
      else seen = messages;
    });
  }

  #every(ms: number, look: () => void): void {
    const slot = this.#cancelTimers.length;
    const arm = () => {
      this.#cancelTimers[slot] = this.#clock.at(this.#clock.now() + ms, () => {
        if (this.#ended) return;
        look();
        if (!this.#ended) arm();
      });
    };
    arm();
  }

  #clean(e: unknown): Error {
    return withoutSecrets(e, this.#secrets);
  }

  #end(reason: string, failure: Error | null): void {
    if (this.#ended) return;
    this.#finish();
    this.#events.onEnd(reason, failure);
  }

  #finish(): void {
    this.#ended = true;
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }
}

async function fresh<V>(value: Fresh<V>): Promise<V> {
  return typeof value === 'function' ? await (value as () => V | Promise<V>)() : value;
}
