import { createServer, type TlsOptions } from 'node:tls';
import type { Duration, ReceiverStreamOptions } from '@millrace/core';
import {
  checkBoolean,
  checkedToken,
  checkListen,
  checkOptionNames,
  checkReceiverOptions,
  checkWhole,
  durationMs,
  error,
  RECEIVER_OPTIONS,
  sameToken,
  type TokenAuth,
} from '@millrace/core/connector';
import { checkedServerTls } from '../net/tls-options.ts';
import { checkedKeepAlive } from './client-options.ts';
import { DECODE_OPTIONS } from './decode-options.ts';
import { LINE_OPTIONS } from './framing/lines.ts';

/** Where a source listens, and to whom. */
export interface ListenOptions extends ReceiverStreamOptions {
  /** 0 takes a free one, which `listening` of the stream tells. */
  readonly port: number;
  /** Where to listen; 127.0.0.1 unless given. Off loopback `auth` or `insecure: true` is needed. */
  readonly host?: string;
  /**
   * Whom to let in. A sender's first line has to be the token: `{ token }`, or one that a function accepts. A line in any framing,
   * ended by '\n'. Who sends another, or none within `authTimeout`, is disconnected and counted as refused.
   */
  readonly auth?: TokenAuth | ((token: string) => boolean | Promise<boolean>);
  /** Time for that line. 5 s unless given. */
  readonly authTimeout?: Duration;
  /** True: whoever reaches the port may send. */
  readonly insecure?: boolean;
  /** Listen by TLS: options of `tls.createServer`, with `key` and `cert`. They are never shown. */
  readonly tls?: TlsOptions;
  /** Connections at a time; further ones are closed at once and counted as refused. 1000 unless given. */
  readonly maxConnections?: number;
  /** A connection that delivers nothing for so long is closed. 5 minutes unless given; false for never. */
  readonly idleTimeout?: Duration | false;
  /** After so much silence TCP asks whether the other machine is still there. 30 s unless given; false for never. */
  readonly keepAlive?: Duration | false;
  /**
   * True: tells each sender, as a line with a number, how many of the frames (lines) of its connection are dealt with: stored and safe, or
   * thrown away by a policy that was chosen. A sender that keeps what is beyond that number loses nothing. False unless given.
   */
  readonly ack?: boolean;
}

/** The same, checked. */
export interface ServerSettings {
  readonly owner: string;
  readonly host: string;
  readonly port: number;
  /** Null: nobody is asked. */
  readonly admits: ((token: Buffer) => boolean | Promise<boolean>) | null;
  readonly authTimeoutMs: number;
  readonly tls: TlsOptions | null;
  readonly maxConnections: number;
  readonly idleTimeoutMs: number | null;
  readonly keepAliveMs: number | null;
  readonly ack: boolean;
}

const OPTIONS: readonly string[] = [
  ...RECEIVER_OPTIONS,
  ...DECODE_OPTIONS,
  ...LINE_OPTIONS,
  'port',
  'host',
  'auth',
  'authTimeout',
  'insecure',
  'tls',
  'maxConnections',
  'idleTimeout',
  'keepAlive',
  'ack',
  'framing',
  'encoding',
];

const AUTH_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 300_000;
const MAX_CONNECTIONS = 1000;

/** Checks the options of a source that listens. @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN */
export function checkedServer(owner: string, options: ListenOptions): ServerSettings {
  checkOptionNames(owner, options, OPTIONS);
  checkReceiverOptions(owner, options);
  const { port, host = '127.0.0.1', auth, authTimeout, insecure = false, tls, idleTimeout, ack = false } = options;
  const { maxConnections = MAX_CONNECTIONS } = options;
  checkBoolean(`${owner}: insecure`, insecure);
  if (authTimeout !== undefined && auth === undefined)
    throw error('MR_OPTION', { option: `${owner}: authTimeout`, value: authTimeout, rule: 'needs auth' });
  const admits = auth === undefined ? null : checkedAuth(owner, auth);
  // A certificate that is asked for and checked says who the sender is as well.
  const certified = tls?.requestCert === true && tls.rejectUnauthorized !== false;
  checkListen(owner, { host, port, hasAuth: admits !== null || certified, insecure });
  return {
    owner,
    host,
    port,
    admits,
    authTimeoutMs: authTimeout === undefined ? AUTH_TIMEOUT_MS : durationMs(authTimeout, `${owner}: authTimeout`),
    tls: tls === undefined ? null : checkedServerTls(`${owner}: tls`, tls, createServer),
    maxConnections: checkWhole(`${owner}: maxConnections`, maxConnections, 1),
    idleTimeoutMs:
      idleTimeout === false
        ? null
        : idleTimeout === undefined
          ? IDLE_TIMEOUT_MS
          : durationMs(idleTimeout, `${owner}: idleTimeout`),
    keepAliveMs: checkedKeepAlive(owner, options.keepAlive),
    ack: checkBoolean(`${owner}: ack`, ack),
  };
}

function checkedAuth(owner: string, auth: NonNullable<ListenOptions['auth']>): NonNullable<ServerSettings['admits']> {
  if (typeof auth === 'function') return (token) => auth(token.toString());
  const { token } = checkedToken(`${owner}: auth`, auth);
  if (/[\r\n]/.test(token))
    throw error('MR_OPTION', { option: `${owner}: auth`, value: '…', rule: 'must be a token without line breaks' });
  return (given) => sameToken(given, token);
}
