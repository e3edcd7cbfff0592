import type { IncomingMessage } from 'node:http';
import { createServer, type ServerOptions as TlsOptions } from 'node:https';
import { type Duration, type ReceiverStreamOptions, seconds } from '@millrace/core';
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
  type TokenAuth,
} from '@millrace/core/connector';
import { checkedServerTls } from '../net/tls-options.ts';
import type { BodyFormat } from './body-format.ts';

/** Says whether a sender may send; called with the head of each request, before its body is read. It must settle. */
export type HttpAuth = (request: IncomingMessage) => boolean | Promise<boolean>;

/** Options of `httpStream`, besides those of every stream with a receiver. */
export interface HttpOptions<T = unknown> extends ReceiverStreamOptions {
  /** Port to listen on; 0 takes a free one, see `listening` of the stream. */
  readonly port: number;
  /** Address to listen on; `127.0.0.1` unless given. Any that others can reach asks for `auth`, certificates, or `insecure`. */
  readonly host?: string;
  /** Path that records are posted to; `/` unless given. A query behind it is ignored. */
  readonly path?: string;
  /** Who may send: whoever has the bearer token, or whom the function lets in. Everybody unless given. */
  readonly auth?: TokenAuth | HttpAuth;
  /** True: listens off loopback without asking who sends. */
  readonly insecure?: boolean;
  /** Speaks HTTPS: `key` and `cert`, and what else `node:tls` takes; with `ca` and `requestCert` senders need a certificate. Never shown. */
  readonly tls?: TlsOptions;
  /** What a body is read as. `auto`, unless given: as its Content-Type says. Else Content-Type is not looked at. */
  readonly format?: 'auto' | BodyFormat;
  /** Instead of `format`: makes records of a body. What it throws is the reason of a 400. */
  readonly parse?: (body: Uint8Array, request: IncomingMessage) => Iterable<T>;
  /** Longest body, after decompression as well; 8 MiB unless given. A longer one gets 413. */
  readonly maxBodyBytes?: number;
  /** Bytes of all bodies that are being read or stored; 64 MiB unless given. Bodies beyond it get 429. */
  readonly maxBytesInFlight?: number;
  /** Connections at a time; 1,024 unless given. Those beyond it are closed at once. */
  readonly maxConnections?: number;
  /** Longest head of a request; 16 KiB unless given. A longer one gets 431. */
  readonly maxHeaderBytes?: number;
  /** How long a request, and a TLS handshake, may take to arrive; 30 s unless given. Then the connection is closed with 408. */
  readonly requestTimeout?: Duration;
  /** How long a connection may wait for its next request; 30 s unless given. */
  readonly idleTimeout?: Duration;
}

/** The same, checked and complete. Times in ms. */
export interface HttpSettings<T> {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly auth: TokenAuth | HttpAuth | null;
  readonly tls: TlsOptions | null;
  readonly format: 'auto' | BodyFormat;
  readonly parse: ((body: Uint8Array, request: IncomingMessage) => Iterable<T>) | null;
  readonly maxBodyBytes: number;
  readonly maxBytesInFlight: number;
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

const OPTIONS = [
  'port',
  'host',
  'path',
  'auth',
  'insecure',
  'tls',
  'format',
  'parse',
  'maxBodyBytes',
  'maxBytesInFlight',
  'maxConnections',
  'maxHeaderBytes',
  'requestTimeout',
  'idleTimeout',
] as const satisfies readonly (keyof HttpOptions)[];

const FORMATS = ['auto', 'json', 'ndjson', 'text'];

/** Checks what a user gave. @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN */
export function httpSettings<T>(options: HttpOptions<T>): HttpSettings<T> {
  checkOptionNames('httpStream', options, [...OPTIONS, ...RECEIVER_OPTIONS]);
  checkReceiverOptions('httpStream', options);
  const { port, host = '127.0.0.1', path = '/', auth = null, insecure = false, tls = null } = options;
  const { format = 'auto', parse = null, requestTimeout = seconds(30), idleTimeout = seconds(30) } = options;
  checkBoolean('httpStream: insecure', insecure);
  // A certificate that is asked for and checked says who sends.
  const certified = tls?.requestCert === true && tls.rejectUnauthorized !== false;
  checkListen('httpStream', { host, port, hasAuth: auth !== null || certified, insecure });
  if (typeof path !== 'string' || !/^\/[^?#\s]*$/.test(path)) {
    throw refused('path', path, "must be the path of an address, with '/' in front and without a query");
  }
  if (!FORMATS.includes(format)) throw refused('format', format, `must be one of ${FORMATS.join(', ')}`);
  if (parse !== null && typeof parse !== 'function') throw refused('parse', parse, 'must be a function');
  if (parse !== null && options.format !== undefined) throw refused('format', format, 'must be left out beside parse');
  const maxBodyBytes = checkWhole('httpStream: maxBodyBytes', options.maxBodyBytes ?? 8 * 2 ** 20, 1);
  return {
    port,
    host,
    path,
    auth: auth === null || typeof auth === 'function' ? auth : checkedToken('httpStream: auth', auth),
    tls: tls === null ? null : checkedServerTls('httpStream: tls', tls, createServer),
    format,
    parse,
    maxBodyBytes,
    maxBytesInFlight: checkWhole(
      'httpStream: maxBytesInFlight',
      options.maxBytesInFlight ?? Math.max(64 * 2 ** 20, maxBodyBytes),
      maxBodyBytes,
    ),
    maxConnections: checkWhole('httpStream: maxConnections', options.maxConnections ?? 1024, 1),
    maxHeaderBytes: checkWhole('httpStream: maxHeaderBytes', options.maxHeaderBytes ?? 16 * 2 ** 10, 1),
    requestTimeoutMs: durationMs(requestTimeout, 'httpStream: requestTimeout'),
    idleTimeoutMs: durationMs(idleTimeout, 'httpStream: idleTimeout'),
  };
}

function refused(option: keyof HttpOptions, value: unknown, rule: string): Error {
  return error('MR_OPTION', { option: `httpStream: ${option}`, value, rule });
}
