import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Duration, Named } from '@millrace/core';
import { durationMs, error, isLoopback } from '@millrace/core/connector';
import type { LiveBatch } from '../live/live-batch.ts';
import { checkOptions, oneOf, positive } from '../options.ts';
import { type Auth, type Authorize, authorizer, checkOrigins, type Origins } from './access.ts';

/** What becomes a message, and how it becomes text. */
export type ServeUnit<T, Text> =
  | {
      /** A message for each batch, empty ones included (default), or for each record. */
      readonly unit?: 'batch';
      /** Makes a message; JSON of `{ time, records }` unless given. If it throws, the batch fails. */
      readonly serialize?: (batch: LiveBatch<T>) => Text;
    }
  | {
      readonly unit: 'record';
      /** Makes a message; JSON unless given. If it throws, the batch fails. */
      readonly serialize?: (record: T) => Text;
    };

/** What to do with a client that takes messages more slowly than they come. */
export type OnSlow = 'dropOldest' | 'wait' | 'disconnect';

/** Options of all sinks that listen. */
export interface ServeOptions extends Named {
  /** The port to listen on; 0 takes a free one, which `listening` tells. Either this or `server`. */
  readonly port?: number;
  /** The address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** A server of your own, which you listen with and close. Either this or `port`; needs `auth` or `insecure`. */
  readonly server?: Server | SecureServer;
  /** The path that clients ask for; `/` unless given. */
  readonly path?: string;
  /** Who may connect. Needed where others than this machine can reach the address. */
  readonly auth?: Auth;
  /** True: anybody may connect, from anywhere that reaches the address. */
  readonly insecure?: boolean;
  /** Origins whose pages may connect, or `'*'`; only the server's own unless given. Programs are not asked. */
  readonly origins?: Origins;
  /** Most clients at a time; 1,000 unless given. More are answered with status 503. */
  readonly maxClients?: number;
  /** Most bytes that wait for one client, 1 MiB unless given. A larger message waits alone, besides one that is on its way. */
  readonly maxBufferedBytes?: number;
  /** When so many wait: throw away the oldest (default), have the batch wait, or disconnect the client. */
  readonly onSlow?: OnSlow;
  /** True: a new client gets the last batch at once. */
  readonly replayLast?: boolean;
  /** Time between signs of life to each client; one that is dead for as long is disconnected. 15 s unless given. */
  readonly heartbeat?: Duration;
}

/** The same, checked and complete. */
export interface ServeSettings {
  /** The function that the options were given to, for messages. */
  readonly what: string;
  /** The output in messages: its name, or the function. */
  readonly label: string;
  readonly name: string | undefined;
  readonly port: number;
  readonly host: string;
  readonly server: Server | SecureServer | null;
  readonly path: string;
  readonly authorize: Authorize | null;
  readonly origins: Origins;
  readonly maxClients: number;
  readonly maxBufferedBytes: number;
  readonly onSlow: OnSlow;
  readonly unit: 'batch' | 'record';
  readonly serialize: (value: never) => unknown;
  /** Batches that are kept for clients that come or come back. */
  readonly history: number;
  readonly replayLast: boolean;
  readonly heartbeatMs: number;
}

const HEARTBEAT_MS = 15_000;

const OPTIONS = [
  'name',
  'port',
  'host',
  'server',
  'path',
  'auth',
  'insecure',
  'origins',
  'maxClients',
  'maxBufferedBytes',
  'onSlow',
  'replayLast',
  'heartbeat',
  'unit',
  'serialize',
];

/**
 * Checks options and fills in what was left out. Nothing is opened.
 *
 * @param more names of further options that the function has
 * @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN
 */
export function serveSettings<T, Text>(
  what: string,
  options: ServeOptions & ServeUnit<T, Text>,
  more: readonly string[] = [],
  history = 0,
): ServeSettings {
  checkOptions(what, options, [...OPTIONS, ...more]);
  const { name, server = null, host = '127.0.0.1', path = '/', unit = 'batch', onSlow = 'dropOldest' } = options;
  const { origins = [], insecure = false, replayLast = false, maxClients = 1000, maxBufferedBytes = 2 ** 20 } = options;
  const { heartbeat, serialize = JSON.stringify } = options;
  const check = (option: string, value: unknown, fine: boolean, rule: string) => {
    if (!fine) throw error('MR_OPTION', { option: `${what}: ${option}`, value, rule });
  };
  check('port', options.port, (options.port === undefined) !== (server === null), 'must be given, or a server instead');
  const { port = 0 } = options;
  check('port', port, Number.isInteger(port) && port >= 0 && port <= 65535, 'must be a whole number from 0 to 65535');
  check('host', host, typeof host === 'string' && host !== '', 'must be a name or an address');
  check('host', host, server === null || options.host === undefined, 'must be left out: the server has its own');
  const hasUpgrade = typeof server?.on === 'function' && typeof server.listen === 'function';
  check('server', typeof server, server === null || hasUpgrade, 'must be a server of node:http or node:https');
  check('path', path, typeof path === 'string' && /^\/[^?#\s]*$/.test(path), 'must begin with / and have no query');
  check('insecure', insecure, typeof insecure === 'boolean', 'must be true or false');
  check('replayLast', replayLast, typeof replayLast === 'boolean', 'must be true or false');
  check('serialize', serialize, typeof serialize === 'function', 'must be a function');
  const authorize = authorizer(what, options.auth);
  if (authorize === null && !insecure && (server !== null || !isLoopback(host))) {
    throw error('MR_UNSAFE_LISTEN', { what: name ?? what, host: server === null ? host : 'a server of yours' });
  }
  return {
    what,
    label: name ?? what,
    name,
    port,
    host,
    server,
    path,
    authorize,
    origins: checkOrigins(what, origins),
    maxClients: positive(`${what}: maxClients`, maxClients),
    maxBufferedBytes: positive(`${what}: maxBufferedBytes`, maxBufferedBytes),
    onSlow: oneOf(`${what}: onSlow`, onSlow, ['dropOldest', 'wait', 'disconnect']),
    unit: oneOf(`${what}: unit`, unit, ['batch', 'record']),
    serialize: serialize as (value: never) => unknown,
    history: Math.max(positive(`${what}: history`, history, 0), replayLast ? 1 : 0),
    replayLast,
    heartbeatMs: heartbeat === undefined ? HEARTBEAT_MS : durationMs(heartbeat, `${what}: heartbeat`),
  };
}
