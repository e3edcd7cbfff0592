import type { ConnectionOptions } from 'node:tls';
import type { Backoff, Duration, ReceiverStreamOptions } from '@millrace/core';
import {
  addressText,
  type BackoffMs,
  checkOptionNames,
  checkReceiverOptions,
  durationMs,
  error,
  RECEIVER_OPTIONS,
} from '@millrace/core/connector';
import { checkedReconnect } from '../net/backoff.ts';
import { checkedClientTls } from '../net/tls-options.ts';

/** Where a source connects to, and how. */
export interface SocketOptions extends ReceiverStreamOptions {
  /** Name or address of the sender. */
  readonly host: string;
  readonly port: number;
  /** Connect by TLS: true, or options of `tls.connect` (`ca`, `cert`, `key`, `servername`, …). They are never shown. */
  readonly tls?: boolean | ConnectionOptions;
  /** How long a connection may take to be made, TLS included. 10 s unless given. */
  readonly connectTimeout?: Duration;
  /**
   * A connection that delivers nothing for so long is ended, and another made. Off unless given, since many senders are quiet at
   * times; `keepAlive` finds machines that are gone.
   */
  readonly idleTimeout?: Duration;
  /** After so much silence TCP asks whether the other machine is still there. 30 s unless given; false for never. */
  readonly keepAlive?: Duration | false;
  /**
   * How long to wait before the next connection: a random time up to `initial` (100 ms unless given), doubled with each attempt that
   * fails up to `max` (10 s), and from the beginning after a connection that delivered something. With `restartDelay` instead
   * it is always that time, as with Spark.
   */
  readonly reconnect?: Backoff;
}

/** The same, checked. */
export interface ClientSettings {
  /** Function and address, for errors. */
  readonly source: string;
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions | null;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number | null;
  readonly keepAliveMs: number | null;
  /** Null: the restart delay of the receiver. */
  readonly reconnect: BackoffMs | null;
}

export const CLIENT_OPTIONS: readonly string[] = [
  ...RECEIVER_OPTIONS,
  'host',
  'port',
  'tls',
  'connectTimeout',
  'idleTimeout',
  'keepAlive',
  'reconnect',
];

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/**
 * Checks the options of a source that connects.
 * @param owner the function whose options they are
 * @param own names of its other options
 * @throws MR_OPTION, MR_DURATION
 */
export function checkedClient(owner: string, options: SocketOptions, own: readonly string[]): ClientSettings {
  checkOptionNames(owner, options, [...CLIENT_OPTIONS, ...own]);
  checkReceiverOptions(owner, options);
  const { host, port, tls, connectTimeout, idleTimeout, reconnect, restartDelay } = options;
  if (typeof host !== 'string' || host === '')
    throw error('MR_OPTION', { option: `${owner}: host`, value: host, rule: 'must be a host name or an address' });
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw error('MR_OPTION', { option: `${owner}: port`, value: port, rule: 'must be a whole number from 1 to 65535' });
  if (reconnect !== undefined && restartDelay !== undefined) {
    const rule = 'cannot be given together with restartDelay: both say when to connect again';
    throw error('MR_OPTION', { option: `${owner}: reconnect`, value: reconnect, rule });
  }
  return {
    source: `${owner} ${addressText(host, port)}`,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: checkedTls(owner, tls),
    connectTimeoutMs:
      connectTimeout === undefined ? CONNECT_TIMEOUT_MS : durationMs(connectTimeout, `${owner}: connectTimeout`),
    idleTimeoutMs: idleTimeout === undefined ? null : durationMs(idleTimeout, `${owner}: idleTimeout`),
    keepAliveMs: checkedKeepAlive(owner, options.keepAlive),
    reconnect: restartDelay === undefined ? checkedReconnect(`${owner}: reconnect`, reconnect) : null,
  };
}

/** Milliseconds of silence, null for never. @throws MR_DURATION */
export function checkedKeepAlive(owner: string, keepAlive: Duration | false | undefined): number | null {
  if (keepAlive === false) return null;
  return keepAlive === undefined ? KEEP_ALIVE_MS : durationMs(keepAlive, `${owner}: keepAlive`);
}

function checkedTls(owner: string, tls: boolean | ConnectionOptions | undefined): ConnectionOptions | null {
  if (tls === undefined || tls === false) return null;
  return tls === true ? {} : checkedClientTls(`${owner}: tls`, tls);
}
