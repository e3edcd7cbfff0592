import type { ConnectionOptions } from 'node:tls';
import { error, secretsOf, withoutSecrets } from '@millrace/core/connector';
import { checkOptions } from '../options.ts';

/** Where a PostgreSQL server is. What is left out comes from the environment, as for other clients: PGHOST, PGUSER, PGPASSWORD, … */
export interface PostgresAddress {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  /** Or a function that gives it when a connection is made, as for passwords that change. Never shown anywhere. */
  readonly password?: string | (() => string | Promise<string>);
  /** Whether, or how, the connection is encrypted. */
  readonly ssl?: boolean | ConnectionOptions;
}

/** A URL, `postgres://user:password@host:port/database`, or the parts of one. */
export type PostgresConnection = string | PostgresAddress;

const PARTS = [
  'host',
  'port',
  'database',
  'user',
  'password',
  'ssl',
] as const satisfies readonly (keyof PostgresAddress)[];

/** What `pg` is given, and what must not be shown. */
export interface CheckedConnection {
  readonly config: PostgresAddress | { readonly connectionString: string };
  /** An error as it may be shown. */
  shown(reason: unknown): Error;
}

/** Checks where the server is. @throws MR_OPTION, without the value */
export function checkConnection(sink: string, connection: PostgresConnection): CheckedConnection {
  const option = `${sink}: connection`;
  if (typeof connection === 'string') {
    const protocol = URL.parse(connection)?.protocol;
    if (protocol !== 'postgres:' && protocol !== 'postgresql:')
      throw error('MR_OPTION', { option, value: '…', rule: 'must be a postgres: URL, or an object' });
    // The user is in messages of the server that help; it is no secret by itself.
    const user = decodeURIComponent(URL.parse(connection)?.username ?? '');
    return {
      config: { connectionString: connection },
      shown: showing(() => [connection, ...secretsOf(connection).filter((secret) => secret !== user)]),
    };
  }
  checkOptions(option, connection, PARTS);
  const { password, ssl } = connection;
  const secrets = new Set<string>();
  if (typeof password === 'string') secrets.add(password);
  if (typeof ssl === 'object')
    for (const part of [ssl.key, ssl.passphrase]) if (typeof part === 'string') secrets.add(part);
  if (typeof password !== 'function') return { config: connection, shown: showing(() => [...secrets]) };
  const fresh = async () => {
    const given = await password();
    secrets.add(given);
    return given;
  };
  return { config: { ...connection, password: fresh }, shown: showing(() => [...secrets]) };
}

function showing(secrets: () => readonly string[]) {
  return (reason: unknown): Error => {
    // A host with several addresses: one error for each.
    const told = reason instanceof AggregateError && reason.message === '' ? reason.errors[0] : reason;
    return withoutSecrets(told, secrets());
  };
}
