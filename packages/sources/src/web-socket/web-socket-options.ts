import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { type Backoff, type Duration, type ReceiverStreamOptions, seconds } from '@millrace/core';
import {
  type BackoffMs,
  checkOptionNames,
  checkReceiverOptions,
  checkWhole,
  durationMs,
  error,
  RECEIVER_OPTIONS,
} from '@millrace/core/connector';
import { checkedReconnect } from '../net/backoff.ts';
import { checkedClientTls } from '../net/tls-options.ts';
import type { Decode, OnBadMessage } from './decode-message.ts';

/** A value, or a function that is asked for it before each connection: for addresses and tokens that expire. */
export type Fresh<V> = V | (() => V | Promise<V>);

/** Options of `webSocketStream`, besides those of every stream with a receiver. */
export interface WebSocketOptions<T = string> extends ReceiverStreamOptions {
  /** Address of the server: `ws:` or `wss:`. User, password and the values of its query are never shown. */
  readonly url: Fresh<string | URL>;
  /** Subprotocols that are offered. */
  readonly protocols?: readonly string[];
  /** Headers of the request that opens the connection. Their values are never shown. */
  readonly headers?: Fresh<Readonly<Record<string, string>>>;
  /** Options of `tls.connect` for `wss:` (`ca`, `cert`, `key`, `servername`, …). They are never shown. */
  readonly tls?: ConnectionOptions;
  /** Messages that are sent when the connection is open: subscriptions. */
  readonly onOpen?: Fresh<readonly (string | Uint8Array)[]>;
  /**
   * The record of a message. `'text'`, unless given: a text message is a string. `'json'`: its parsed JSON, one record also where that is an array.
   * A function: whatever it returns, of a string or, for a binary message, of bytes.
   */
  readonly decode?: Decode<T>;
  /** Instead of `decode`: any number of records of a message. */
  readonly decodeMany?: (message: string | Uint8Array) => Iterable<T>;
  /** What becomes of a message that cannot be decoded; `'fail'` unless given. */
  readonly onBadRecord?: OnBadMessage;
  /** Longest message; 1 MiB unless given. A longer one ends the connection, and another is made. */
  readonly maxMessageBytes?: number;
  /** How long a connection may take to be made. 10 s unless given. */
  readonly connectTimeout?: Duration;
  /** Each time this is over the server is asked for a sign of life; without one in as long again, the connection is given up. 30 s unless given; false for never. */
  readonly heartbeat?: Duration | false;
  /** A connection without a message for so long is given up, whatever signs of life there are. Off unless given. */
  readonly idleTimeout?: Duration;
  /**
   * How long to wait before the next connection: a random time up to `initial` (100 ms unless given), doubled with each attempt that
   * fails up to `max` (10 s), and from the beginning after a connection that delivered something.
   */
  readonly reconnect?: Backoff;
}

/** The same, checked. Times in ms, null for never. */
export interface WebSocketSettings<T> {
  readonly url: Fresh<string | URL>;
  readonly protocols: readonly string[];
  readonly headers: Fresh<Readonly<Record<string, string>>>;
  readonly tls: ConnectionOptions;
  readonly onOpen: Fresh<readonly (string | Uint8Array)[]>;
  readonly decode: Decode<T> | { readonly many: (message: string | Uint8Array) => Iterable<T> };
  readonly onBadRecord: OnBadMessage;
  readonly maxMessageBytes: number;
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number | null;
  readonly idleTimeoutMs: number | null;
  readonly reconnect: BackoffMs;
}

const OPTIONS = [
  'url',
  'protocols',
  'headers',
  'tls',
  'onOpen',
  'decode',
  'decodeMany',
  'onBadRecord',
  'maxMessageBytes',
  'connectTimeout',
  'heartbeat',
  'idleTimeout',
  'reconnect',
] as const satisfies readonly (keyof WebSocketOptions)[];

/** Checks what a user gave. @throws MR_OPTION, MR_DURATION */
export function webSocketSettings<T>(options: WebSocketOptions<T>): WebSocketSettings<T> {
  const names = RECEIVER_OPTIONS.filter((name) => name !== 'restartDelay');
  checkOptionNames('webSocketStream', options, [...OPTIONS, ...names]);
  checkReceiverOptions('webSocketStream', options);
  const { url, protocols = [], headers = {}, tls, onOpen = [], heartbeat = seconds(30) } = options;
  const { onBadRecord = 'fail', connectTimeout = seconds(10), idleTimeout } = options;
  if (typeof url !== 'function' && checkedUrl(url).protocol === 'ws:' && tls !== undefined)
    throw refused('tls', "must be left out where the address begins with 'ws:', or that must be 'wss:'");
  if (!Array.isArray(protocols) || !protocols.every((protocol) => typeof protocol === 'string')) {
    throw refused('protocols', 'must be a list of names');
  }
  if (typeof headers !== 'function') checkedHeaders(headers);
  if (typeof onOpen !== 'function') checkedMessages(onOpen);
  if (onBadRecord !== 'fail' && onBadRecord !== 'drop' && typeof onBadRecord !== 'function') {
    throw refused('onBadRecord', "must be 'fail', 'drop' or a function");
  }
  return {
    url,
    protocols,
    headers,
    tls: tls === undefined ? {} : checkedClientTls('webSocketStream: tls', tls),
    onOpen,
    decode: checkedDecode(options),
    onBadRecord,
    maxMessageBytes: checkWhole('webSocketStream: maxMessageBytes', options.maxMessageBytes ?? 2 ** 20, 1),
    connectTimeoutMs: durationMs(connectTimeout, 'webSocketStream: connectTimeout'),
    heartbeatMs: heartbeat === false ? null : durationMs(heartbeat, 'webSocketStream: heartbeat'),
    idleTimeoutMs: idleTimeout === undefined ? null : durationMs(idleTimeout, 'webSocketStream: idleTimeout'),
    reconnect: checkedReconnect('webSocketStream: reconnect', options.reconnect),
  };
}

function checkedDecode<T>({ decode, decodeMany }: WebSocketOptions<T>): WebSocketSettings<T>['decode'] {
  if (decodeMany !== undefined) {
    if (decode !== undefined) throw refused('decodeMany', 'cannot be given together with decode');
    if (typeof decodeMany !== 'function') throw refused('decodeMany', 'must be a function');
    return { many: decodeMany };
  }
  if (decode !== undefined && decode !== 'text' && decode !== 'json' && typeof decode !== 'function') {
    throw refused('decode', "must be 'text', 'json' or a function");
  }
  return decode ?? 'text';
}

/** @returns an address that can be connected to @throws MR_OPTION, which does not show it */
export function checkedUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed !== null && ['ws:', 'wss:'].includes(parsed.protocol)) return parsed;
  throw refused('url', "must be an address that begins with 'ws:' or 'wss:'");
}

/** @returns headers that HTTP allows @throws MR_OPTION, which shows neither values nor what is no name */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw refused('headers', 'must be an object of texts');
  for (const [i, [name, value]] of Object.entries(headers).entries()) {
    try {
      validateHeaderName(name);
    } catch {
      // A whole header may have been given as its name.
      throw refused('headers', `must have names that HTTP allows: number ${i + 1} is none`);
    }
    if (typeof value !== 'string') throw refused('headers', `must have a text as the value of ${name}`);
    try {
      validateHeaderValue(name, value);
    } catch {
      throw refused('headers', `must have a text that HTTP allows as the value of ${name}`);
    }
  }
  return headers;
}

/** @returns messages that can be sent @throws MR_OPTION */
export function checkedMessages(messages: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] {
  if (Array.isArray(messages) && messages.every((m) => typeof m === 'string' || m instanceof Uint8Array))
    return messages;
  throw refused('onOpen', 'must be a list of messages, each a string or bytes');
}

/** Without the value: most of these hold secrets. */
function refused(option: keyof WebSocketOptions, rule: string): Error {
  return error('MR_OPTION', { option: `webSocketStream: ${option}`, value: '…', rule });
}
