import type { ConnectionOptions } from 'node:tls';
import type { Duration, Resource } from '@millrace/core';
import { using } from '@millrace/core';
import { checkOptionNames, durationMs, error } from '@millrace/core/connector';
import type { KafkaClient, KafkaPort, KafkaSasl, KafkaSettings } from './port.ts';

/** Where a Kafka cluster is, and how it is spoken to. */
export interface KafkaConnection {
  /** Brokers to begin with, `host:port`; the others are found through them. */
  readonly brokers: readonly string[];
  /** The client: `kafkajs` unless given. Its package, `kafkajs` or `@platformatic/kafka`, has to be installed. */
  readonly client?: 'kafkajs' | 'platformatic' | KafkaClient;
  /** What brokers call this program in their logs and quotas; `millrace` unless given. */
  readonly clientId?: string;
  /** True to encrypt, or how: certificates, keys, the name to expect. */
  readonly tls?: boolean | ConnectionOptions;
  /** Who logs in. Its password is shown nowhere. */
  readonly sasl?: KafkaSasl;
  /** How long making a connection may take; 3 s unless given. A number is milliseconds. */
  readonly connectTimeout?: Duration | number;
  /** How long an answer may take; 30 s unless given. A number is milliseconds. */
  readonly requestTimeout?: Duration | number;
}

/** Names of these options. */
export const KAFKA_CONNECTION_OPTIONS = [
  'brokers',
  'client',
  'clientId',
  'tls',
  'sasl',
  'connectTimeout',
  'requestTimeout',
] as const satisfies readonly (keyof KafkaConnection)[];

/** A connection that was checked: what it takes to make it, and what may be shown of it. */
export interface CheckedKafka {
  /** Brokers, as they may be shown in errors. */
  readonly shown: string;
  /** Connects. The caller closes the port. @throws KafkaFailure, MR_MISSING_PACKAGE */
  connect(): Promise<KafkaPort>;
  /** A port for each worker, opened by its first task and closed with the job. */
  readonly port: Resource<KafkaPort>;
}

/** Clients by name, loaded when they are needed. */
const CLIENTS = {
  kafkajs: async () => (await import('./kafkajs/kafkajs.ts')).kafkajs,
  platformatic: async () => (await import('./platformatic/platformatic.ts')).platformatic,
} as const satisfies Record<string, () => Promise<KafkaClient>>;

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const satisfies readonly KafkaSasl['mechanism'][];

/**
 * Checks where Kafka is. Connects to nothing.
 *
 * @param owner whose options they are: `'createDirectStream'`
 * @throws MR_OPTION, MR_DURATION; no error shows a secret
 */
export function checkKafkaConnection(owner: string, connection: KafkaConnection): CheckedKafka {
  const { brokers, client = 'kafkajs', clientId = 'millrace', tls = false, sasl } = connection;
  if (!Array.isArray(brokers) || brokers.length === 0 || !brokers.every(isAddress)) {
    throw error('MR_OPTION', {
      option: `${owner}: brokers`,
      // In the wrong form there may be a password within.
      value: shownIfHarmless(brokers),
      rule: "must be a list of addresses such as 'kafka-1.example.org:9092'",
    });
  }
  if (typeof clientId !== 'string' || clientId === '')
    throw error('MR_OPTION', { option: `${owner}: clientId`, value: clientId, rule: 'must be a text' });
  if (typeof tls !== 'boolean' && (typeof tls !== 'object' || tls === null || Array.isArray(tls))) {
    throw error('MR_OPTION', {
      option: `${owner}: tls`,
      value: '…',
      rule: 'must be true, false, or the options of a TLS connection',
    });
  }
  const settings: KafkaSettings = {
    brokers: [...brokers],
    clientId,
    tls: tls === false ? null : tls === true ? {} : tls,
    sasl: sasl === undefined ? null : checkedSasl(`${owner}: sasl`, sasl),
    connectTimeoutMs: durationMs(connection.connectTimeout ?? 3_000, `${owner}: connectTimeout`),
    requestTimeoutMs: durationMs(connection.requestTimeout ?? 30_000, `${owner}: requestTimeout`),
  };
  const named = typeof client === 'string' && Object.hasOwn(CLIENTS, client) ? CLIENTS[client] : null;
  if (named === null && typeof (client as KafkaClient | null)?.connect !== 'function') {
    throw error('MR_OPTION', {
      option: `${owner}: client`,
      value: client,
      rule: "must be 'kafkajs', 'platformatic', or a client such as the platformatic of @millrace/kafka/platformatic",
    });
  }
  const connect = async () => (named === null ? (client as KafkaClient) : await named()).connect(settings);
  return { shown: brokers.join(', '), connect, port: using(connect, (port) => port.close(), { name: 'kafka' }) };
}

const isAddress = (address: unknown): boolean =>
  typeof address === 'string' && /^[^\s/@]+:\d{1,5}$/.test(address) && Number(/\d+$/.exec(address)?.[0]) <= 65_535;

/** A value that cannot hold a secret; otherwise a sign that it is not shown. */
function shownIfHarmless(value: unknown): unknown {
  const texts = Array.isArray(value) ? value : [value];
  return texts.every((text) => text === undefined || (typeof text === 'string' && /^[\w.:[\]-]{0,100}$/.test(text)))
    ? value
    : '…';
}

function checkedSasl(option: string, sasl: KafkaSasl): KafkaSasl {
  if (typeof sasl !== 'object' || sasl === null || Array.isArray(sasl))
    throw error('MR_OPTION', { option, value: '…', rule: 'must be an object { mechanism, username, password }' });
  checkOptionNames(option, sasl, ['mechanism', 'username', 'password']);
  const { mechanism, username, password } = sasl;
  if (!MECHANISMS.includes(mechanism)) {
    const rule = `must be one of ${MECHANISMS.map((name) => `'${name}'`).join(', ')}`;
    throw error('MR_OPTION', { option: `${option}: mechanism`, value: shownIfHarmless(mechanism), rule });
  }
  if (typeof username !== 'string' || username === '')
    throw error('MR_OPTION', { option: `${option}: username`, value: '…', rule: 'must be a text' });
  if (typeof password !== 'function' && (typeof password !== 'string' || password === ''))
    throw error('MR_OPTION', {
      option: `${option}: password`,
      value: '…',
      rule: 'must be a text that is not empty, or a function that gives it',
    });
  return sasl;
}
