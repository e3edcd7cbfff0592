import { expect, test } from 'vitest';
import { checkKafkaConnection, type KafkaConnection } from './connection.ts';
import { isKafkaFailure, KafkaFailure } from './failure.ts';
import { toFailure as kafkajsFailure } from './kafkajs/failures.ts';
import { loadKafkaJs } from './kafkajs/load.ts';
import { toFailure as platformaticFailure } from './platformatic/failures.ts';
import { loadPlatformatic } from './platformatic/load.ts';
import type { KafkaSettings } from './port.ts';
import { secretsOfTls } from './secrets.ts';

const brokers = ['a.example.org:9092', '[::1]:9093'];
const check = (connection: Partial<KafkaConnection>) => checkKafkaConnection('orders', { brokers, ...connection });

test('a client gets what was given, and what is meant where nothing is', async () => {
  const given: KafkaSettings[] = [];
  const client = {
    name: 'mine',
    connect: async (settings: KafkaSettings) => {
      given.push(settings);
      throw new KafkaFailure('again', 'no');
    },
  };
  await expect(check({ client }).connect()).rejects.toSatisfy((e) => isKafkaFailure(e, 'again'));
  expect(given).toEqual([
    { brokers, clientId: 'millrace', tls: null, sasl: null, connectTimeoutMs: 3000, requestTimeoutMs: 30_000 },
  ]);
});

test.each(['kafkajs', 'platformatic'] as const)('%s is chosen by its name', async (client) => {
  const failure = await check({ brokers: ['127.0.0.1:1'], client })
    .connect()
    .catch((e: unknown) => e);
  expect(failure).toMatchObject({
    name: 'KafkaFailure',
    kind: 'again',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test.each([
  [{ brokers: [] }, 'brokers'],
  [{ brokers: ['no port'] }, 'brokers'],
  [{ client: 'other' }, "'kafkajs', 'platformatic'"],
  [{ client: 'constructor' }, "'kafkajs', 'platformatic'"],
  [{ client: null }, 'client'],
  [{ clientId: '' }, 'clientId'],
  [{ tls: 'yes' }, 'tls'],
  [{ sasl: { mechanism: 'none', username: 'u', password: 'p-secret' } }, 'mechanism'],
  [{ sasl: { mechanism: 'plain', username: '', password: 'p-secret' } }, 'username'],
  [{ sasl: { mechanism: 'plain', username: 'u', password: '' } }, 'password'],
])('%j is refused', (options, about) => {
  const refused = () => check(options as never);
  expect(refused).toThrow(expect.objectContaining({ code: 'MR_OPTION', message: expect.stringContaining(about) }));
  expect(refused).not.toThrow('p-secret');
});

test('a package that is not installed is named', async () => {
  const missing = (name: string) => async () => {
    throw Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: 'ERR_MODULE_NOT_FOUND' });
  };
  await expect(loadKafkaJs(missing('kafkajs'))).rejects.toMatchObject({ code: 'MR_MISSING_PACKAGE' });
  await expect(loadPlatformatic(missing('@platformatic/kafka'))).rejects.toMatchObject({
    code: 'MR_MISSING_PACKAGE',
    message: expect.stringContaining('@platformatic/kafka'),
  });
  await expect(loadPlatformatic(missing('ajv'))).rejects.toThrow("'ajv'");
});

test('secrets of a TLS connection are found wherever they may stand', () => {
  expect(secretsOfTls(null)).toEqual([]);
  expect(secretsOfTls({ ca: 'public', cert: 'public', key: 'k1', passphrase: 'p1' })).toEqual(['k1', 'p1']);
  const key = [{ pem: Buffer.from('k2'), passphrase: 'p2' }, 'k3'];
  const pfx = [{ buf: 'x1' }, Buffer.from('x2')];
  expect(secretsOfTls({ key, pfx })).toEqual(['k2', 'p2', 'k3', 'x1', 'x2']);
});

test.each([
  ['kafkajs', kafkajsFailure],
  ['@platformatic/kafka', platformaticFailure],
])('failures of %s show no secrets, say what went wrong, and keep what is ours', (_, toFailure) => {
  const lost = Object.assign(new Error('connect ECONNREFUSED at pass-word'), { code: 'ECONNREFUSED' });
  expect(toFailure(new Error('gave up', { cause: lost }), ['pass-word'])).toMatchObject({
    kind: 'again',
    message: 'connect ECONNREFUSED at …',
    code: null,
  });
  expect(toFailure(Object.assign(new Error('bad'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), [])).toMatchObject({
    kind: 'refused',
  });
  expect(toFailure(new TypeError('a mistake.'), [])).toMatchObject({ kind: 'fatal', message: 'a mistake' });
  const ours = new KafkaFailure('fenced', 'x');
  expect(toFailure(ours, [])).toBe(ours);
});

test('of many errors of @platformatic/kafka the one counts that waiting does not mend', async () => {
  const { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, ResponseError, TimeoutError } =
    await loadPlatformatic();
  const away = new NetworkError('Connection to a:1 failed.', {
    cause: Object.assign(new Error('connect ECONNREFUSED a:1'), { code: 'ECONNREFUSED' }),
  });
  const login = new NetworkError('Connection to b:1 failed.', {
    cause: new AuthenticationError('SASL authentication failed.', { cause: new ProtocolError(58, 'wrong') }),
  });
  expect(platformaticFailure(new MultipleErrors('none', [away, away]), [])).toMatchObject({
    kind: 'again',
    message: 'connect ECONNREFUSED a:1',
  });
  expect(platformaticFailure(new MultipleErrors('none', [away, login]), [])).toMatchObject({ kind: 'refused' });
  expect(platformaticFailure(new TimeoutError('Request timed out'), [])).toMatchObject({ kind: 'again' });
  const response = new ResponseError(22, 4, { '/': [90, null] }, {});
  expect(platformaticFailure(response, [])).toMatchObject({
    kind: 'fenced',
    code: 90,
    message: expect.stringContaining('PRODUCER_FENCED'),
  });
});
