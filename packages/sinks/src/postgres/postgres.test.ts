import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { ManualClock, TestSource } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { checkConnection } from './connection.ts';
import { postgresSink } from './index.ts';
import { checkInsert } from './insert.ts';
import { loadPg } from './load-pg.ts';
import { retryable } from './retryable.ts';

/* What needs no server. With one: test/integration/postgres.test.ts. */

test('without pg the error says what to install', async () => {
  const missing = Object.assign(new Error("Cannot find package 'pg' imported from x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await expect(loadPg('postgresSink', () => Promise.reject(missing))).rejects.toMatchObject({
    code: 'MR_MISSING_PACKAGE',
    message: expect.stringContaining('postgresSink needs the package pg'),
  });
  const other = new Error('broken');
  await expect(loadPg('postgresSink', () => Promise.reject(other))).rejects.toBe(other);
});

test('names are quoted, whatever is in them', () => {
  const insert = checkInsert<unknown[]>({
    table: ['a.b', 'c"; DROP TABLE x; --'],
    columns: ['d"', 'select'],
    upsertBy: ['d"'],
  });
  expect(insert.sql).toBe(
    'INSERT INTO "a.b"."c""; DROP TABLE x; --" ("d""", "select") SELECT "d""", "select" ' +
      'FROM json_populate_recordset(NULL::"a.b"."c""; DROP TABLE x; --", $1::json) ' +
      'ON CONFLICT ("d""") DO UPDATE SET "select" = EXCLUDED."select"',
  );
  expect(checkInsert({ table: 't', columns: ['k'], upsertBy: ['k'] }).sql).toMatch(/ON CONFLICT \("k"\) DO NOTHING$/);
});

test('of rows with one key the last is sent, in the order of keys', () => {
  const rows = [
    ['b', 1],
    ['a', 1],
    ['b', 2],
  ];
  const columns = ['k', 'v'];
  expect(checkInsert<unknown[]>({ table: 't', columns, upsertBy: ['k'] }).rows(rows)).toBe(
    '[{"k":"a","v":1},{"k":"b","v":2}]',
  );
  expect(JSON.parse(checkInsert<unknown[]>({ table: 't', columns }).rows(rows))).toHaveLength(3);
});

test('records that do not fit the columns are refused', () => {
  const insert = checkInsert<unknown>({ table: 't', columns: ['k', 'v'] });
  expect(() => insert.rows([['a']])).toThrow('1 values for the 2 columns k, v');
  expect(() => insert.rows(['a'])).toThrow('neither an array nor an object');
  expect(() => insert.rows([[() => 1, 2]])).toThrow('a function');
  expect(insert.rows([{ k: 'a', other: 1 }])).toBe('[{"k":"a","v":null}]');
});

test('no secret of a connection is shown', async () => {
  const url = checkConnection('s', 'postgres://me:p%40ss@host/db?sslpassword=hidden');
  expect(url.shown(new Error('me p@ss p%40ss hidden')).message).toBe('me … … …');
  const parts = checkConnection('s', { user: 'me', password: 'p@ss', ssl: { key: 'KEY', passphrase: 'PHRASE' } });
  expect(parts.shown(new Error('me p@ss KEY PHRASE')).message).toBe('me … … …');
  const later = checkConnection('s', { password: async () => 'p@ss' });
  const { password } = later.config as { password: () => Promise<string> };
  expect(await password()).toBe('p@ss');
  expect(later.shown(new Error('p@ss')).message).toBe('…');
  const several = new AggregateError([Object.assign(new Error('refused ::1'), { code: 'ECONNREFUSED' })], '');
  expect(later.shown(several).message).toBe('refused ::1');
});

test('what may pass is tried again, what will not is not', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });
  for (const code of ['40001', '40P01', '57P01', '57P03', '08006', 'ECONNRESET', 'ECONNREFUSED'])
    expect(retryable(coded(code)), code).toBe(true);
  expect(retryable(new AggregateError([coded('ECONNREFUSED')]))).toBe(true);
  expect(retryable(new Error('Connection terminated unexpectedly'))).toBe(true);
  for (const code of ['23505', '42P01', '28P01', '3D000', '22P02']) expect(retryable(coded(code)), code).toBe(false);
  expect(retryable(new TypeError('a record gives 1 values'))).toBe(false);
  expect(retryable(null)).toBe(false);
});

test('options that make no sense are refused, without the password', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock(), warn: () => {} });
  const stream = new TestSource(ssc, [[1]]);
  const good = { connection: { host: 'h' }, table: 't', columns: ['n'] };
  const wrong: object[] = [
    { connection: 'http://me:s3cret@host/' },
    { connection: { pass: 's3cret' } },
    { connection: 5 },
    { table: '' },
    { table: ['a', 'b', 'c'] },
    { table: 'a\0b' },
    { columns: [] },
    { columns: ['a', 'a'] },
    { upsertBy: ['x'] },
    { upsertBy: [] },
    { values: 'n' },
    { receipts: '' },
    { keepReceipts: 'never' },
    { poolSize: 0 },
    { timeout: 0 },
    { retry: 1 },
  ];
  for (const options of wrong) {
    const attach = () => postgresSink(stream, { ...good, ...options } as never);
    expect(attach, JSON.stringify(options)).toThrow(/postgresSink/);
    expect(attach, JSON.stringify(options)).not.toThrow(/s3cret/);
  }
});
