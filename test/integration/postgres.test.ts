import { single } from '@millrace/backend-single';
import { type DStream, loadJob, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, registerCases, runBatches, TestSource } from '@millrace/core/testing';
import { type PostgresSinkOptions, postgresSink, readReceipts } from '@millrace/sinks/postgres';
import { transactionalTargetConformance } from '@millrace/sinks/testing';
import { Client } from 'pg';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { checkConnection } from '../../packages/sinks/src/postgres/connection.ts';
import { checkInsert } from '../../packages/sinks/src/postgres/insert.ts';
import { postgresTarget } from '../../packages/sinks/src/postgres/postgres-target.ts';
import type toDatabase from './jobs/to-database.ts';
import { rowsOf } from './jobs/to-database.ts';
import { ask, PostgresServer, sharedServer } from './kit/postgres-server.ts';
import { until } from './kit/until.ts';

/* Batches into a real PostgreSQL server, which is also killed while it is written to. */

const shared = sharedServer();
if (shared === null)
  console.warn('skipped: PostgreSQL tests need a server; `npm run services -- start postgres` starts one');
const url = shared as string;
const SCHEMA = `sink_test_${process.pid}`;

describe.skipIf(shared === null)('PostgreSQL', () => {
  beforeEach(async () => {
    await ask(url, `DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`, `CREATE SCHEMA ${SCHEMA}`);
  });
  afterAll(() => ask(url, `DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`));

  registerCases(
    'target',
    transactionalTargetConformance(async () => {
      await ask(url, `CREATE TABLE ${SCHEMA}.numbers (n integer)`);
      const target = postgresTarget({
        connection: checkConnection('test', url),
        insert: checkInsert<number>({ table: [SCHEMA, 'numbers'], columns: ['n'] }),
        receipts: [SCHEMA, 'receipts'],
        keepMs: Infinity,
        poolSize: 8,
        timeoutMs: 20_000,
      });
      const rows = () => ask(url, `SELECT n FROM ${SCHEMA}.numbers`);
      return { target, record: (i) => i, rows: async () => (await rows()).map(({ n }) => n as number) };
    }),
    { describe, it },
  );

  /** Runs batches of one job into a table `t`; the first failure. */
  async function run<T>(
    batches: readonly (readonly T[])[],
    options: Partial<PostgresSinkOptions<T>> & { columns: readonly string[] },
    more: { numPartitions?: number; before?: (stream: DStream<T>) => void } = {},
  ): Promise<(Error & { code: string }) | null> {
    const clock = new ManualClock();
    const ssc = new StreamingContext(single(), seconds(1), { clock, name: 'job', warn: () => {} });
    const source = new TestSource(ssc, batches, { numPartitions: more.numPartitions ?? 2 });
    postgresSink<T>(source, {
      connection: url,
      table: [SCHEMA, 't'],
      receipts: [SCHEMA, 'receipts'],
      name: 'stored',
      retries: 0,
      ...options,
    });
    await ssc.start();
    await runBatches(ssc, clock, batches.length);
    await ssc.stop();
    return ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e as never,
    );
  }
  const receipts = (output = 'stored') => readReceipts(url, 'job', output, { receipts: [SCHEMA, 'receipts'] });

  test('rows and receipts; the same batches again leave the same rows', async () => {
    expect(await receipts()).toEqual([]);
    await ask(url, `CREATE TABLE ${SCHEMA}.t (word text, n integer)`);
    const batches: [string, number][][] = [
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
      [],
      [['a', 4]],
    ];
    const columns = ['word', 'n'];
    expect(await run(batches, { columns })).toBeNull();
    expect(await run([...batches, [['d', 5]]], { columns })).toBeNull();
    const rows = await ask(url, `SELECT * FROM ${SCHEMA}.t ORDER BY n`);
    expect(rows.map(({ word, n }) => [word, n])).toEqual([...batches.flat(), ['d', 5]]);
    expect((await receipts()).map(({ time, records, complete }) => [time, records, complete])).toEqual([
      [1000, 3, true],
      [2000, 0, true],
      [3000, 1, true],
      [4000, 1, true],
    ]);
  });

  test('values of all kinds come back as they were', async () => {
    const types =
      'text text, f double precision, big bigint, b boolean, at timestamptz, bytes bytea, list text[], js jsonb, num numeric';
    await ask(url, `CREATE TABLE ${SCHEMA}.t (id serial, ${types}, "odd ""name" text DEFAULT 'unset')`);
    const columns = ['text', 'f', 'big', 'b', 'at', 'bytes', 'list', 'js', 'num', 'odd "name'];
    const at = new Date(1234567890123);
    const records = [
      [
        'a\'b"c\\d\n✓😀',
        0.1,
        2n ** 62n,
        true,
        at,
        new Uint8Array([0, 255]),
        ['x', 'y,"z"'],
        { a: [1, null] },
        '1.50',
        'o',
      ],
      ['', Number.NaN, -1, false, at, Buffer.from([]), [], 'text', 5, undefined],
      [null, Number.NEGATIVE_INFINITY, null, null, null, null, null, null, null, null],
      ['z', -0, 5, true, at, new Uint8Array([1]), [null], [1, 2], 1e-7, ''],
    ];
    expect(await run<unknown[]>([records], { columns }, { numPartitions: 1 })).toBeNull();
    const rows = await ask(url, `SELECT * FROM ${SCHEMA}.t ORDER BY id`);
    expect(rows.map((row) => columns.map((c) => row[c]))).toEqual([
      [
        'a\'b"c\\d\n✓😀',
        0.1,
        String(2n ** 62n),
        true,
        at,
        Buffer.from([0, 255]),
        ['x', 'y,"z"'],
        { a: [1, null] },
        '1.50',
        'o',
      ],
      ['', Number.NaN, '-1', false, at, Buffer.from([]), [], 'text', '5', null],
      [null, Number.NEGATIVE_INFINITY, null, null, null, null, null, null, null, null],
      ['z', -0, '5', true, at, Buffer.from([1]), [null], [1, 2], '0.0000001', ''],
    ]);
  });

  test('upserts: the last of a key counts, in each chunk and over batches', async () => {
    await ask(url, `CREATE TABLE ${SCHEMA}.t (word text PRIMARY KEY, n integer)`);
    const batches: [string, number][][] = [
      [
        ['a', 1],
        ['b', 1],
        ['a', 2],
      ],
      [
        ['a', 3],
        ['c', 1],
      ],
    ];
    const columns = ['word', 'n'];
    expect(await run(batches, { columns, upsertBy: ['word'] }, { numPartitions: 1 })).toBeNull();
    const rows = await ask(url, `SELECT * FROM ${SCHEMA}.t ORDER BY word`);
    expect(rows.map(({ word, n }) => [word, n])).toEqual([
      ['a', 3],
      ['b', 1],
      ['c', 1],
    ]);
  });

  test('a unique key of the table is no hindrance when two write the same at once', async () => {
    await ask(url, `CREATE TABLE ${SCHEMA}.t (n integer PRIMARY KEY)`);
    const batch = Array.from({ length: 2000 }, (_, i) => i);
    const all = await Promise.all([1, 2, 3].map(() => run([batch], { columns: ['n'], chunkSize: 50 })));
    expect(all).toEqual([null, null, null]);
    expect(await ask(url, `SELECT count(*)::int AS n FROM ${SCHEMA}.t`)).toEqual([{ n: 2000 }]);
  });

  test('another number of partitions is refused, old receipts go', async () => {
    await ask(url, `CREATE TABLE ${SCHEMA}.t (n integer)`);
    const batches = Array.from({ length: 110 }, (_, i) => [i]);
    const columns = ['n'];
    expect(await run(batches, { columns, keepReceipts: seconds(2) }, { numPartitions: 1 })).toBeNull();
    const kept = await receipts();
    expect([kept.length, kept[0]?.time]).toEqual([100, 11_000]);
    expect((await run(batches.slice(0, 11), { columns }, { numPartitions: 1 }))?.code).toBeUndefined();
    await ask(url, `TRUNCATE ${SCHEMA}.receipts, ${SCHEMA}.t`);
    await run([[1, 2, 3]], { columns }, { numPartitions: 2 });
    expect((await run([[1, 2, 3]], { columns }, { numPartitions: 3 }))?.code).toBe('MR_SINK_LAYOUT');
    expect(await ask(url, `SELECT count(*)::int AS n FROM ${SCHEMA}.t`)).toEqual([{ n: 3 }]);
  });

  test('a deadlock with somebody else is tried again', async () => {
    await ask(
      url,
      `CREATE TABLE ${SCHEMA}.t (n integer PRIMARY KEY, v integer)`,
      `INSERT INTO ${SCHEMA}.t VALUES (1, 0), (2, 0)`,
    );
    const other = new Client({ connectionString: url });
    await other.connect();
    try {
      await other.query('BEGIN');
      // Who waits longest is not the victim: the first to look for a deadlock is.
      await other.query("SET deadlock_timeout = '60s'");
      await other.query(`UPDATE ${SCHEMA}.t SET v = 1 WHERE n = 2`);
      const clock = new ManualClock();
      const ssc = new StreamingContext(single(), seconds(1), { clock, name: 'job', warn: () => {} });
      const records = [
        [1, 7],
        [2, 7],
      ] as const;
      postgresSink(new TestSource(ssc, [records]), {
        connection: url,
        table: [SCHEMA, 't'],
        receipts: [SCHEMA, 'receipts'],
        columns: ['n', 'v'],
        upsertBy: ['n'],
        chunkSize: 1,
        backoff: { initial: 1, max: 1 },
        name: 'stored',
      });
      await ssc.start();
      await clock.advance(1000);
      // The sink has row 1 and waits for row 2.
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'millrace' AND wait_event_type = 'Lock'`;
      await until(async () => (await ask(url, waiting)).length > 0);
      await other.query(`UPDATE ${SCHEMA}.t SET v = 1 WHERE n = 1`);
      await other.query('COMMIT');
      await until(async () => {
        await clock.advance(1);
        return (await receipts()).length > 0;
      });
      await ssc.stop();
      expect(await ask(url, `SELECT n, v FROM ${SCHEMA}.t ORDER BY n`)).toEqual([
        { n: 1, v: 7 },
        { n: 2, v: 7 },
      ]);
    } finally {
      await other.end();
    }
  });

  test('no password is in errors', async () => {
    const closed = 'postgres://me:s3cr%20et@127.0.0.1:1/db';
    const failed = await run([[1]], { columns: ['n'], connection: closed });
    expect(failed?.code).toBe('MR_SINK_FAILED');
    expect(failed?.message).toContain('ECONNREFUSED');
    const parts = { host: '127.0.0.1', port: Number(new URL(url).port), user: 's3cr et', password: 's3cr et' };
    const refused = await run([[1]], { columns: ['n'], connection: parts });
    for (const e of [failed, refused]) {
      expect(e?.message).toContain('stored failed');
      const all = JSON.stringify([
        e,
        String(e?.stack),
        String((e?.cause as Error)?.stack),
        (e?.cause as Error)?.message,
      ]);
      expect(all).not.toMatch(/s3cr/);
    }
  });

  test('the server is killed with -9 again and again while batches are written: every record is there once', async () => {
    const server = await PostgresServer.make();
    try {
      await ask(server.url, 'CREATE TABLE numbers (batch integer, i integer)');
      const batches = 20;
      const { ssc } = await loadJob<typeof toDatabase>(new URL('./jobs/to-database.ts', import.meta.url), {
        backend: single(),
        params: { url: server.url, batches },
        warn: () => {},
      });
      await ssc.start();
      const last = async () => Number((await ask(server.url, 'SELECT max(batch) AS n FROM numbers'))[0]?.['n'] ?? -1);
      for (let kill = 0; kill < 4; kill++) {
        await until(async () => (await last()) >= 4 * kill);
        await server.kill();
        await server.start();
      }
      await until(async () => {
        const receipts = await readReceipts(server.url, 'to-database', 'stored');
        return receipts.filter(({ complete }) => complete).length >= batches;
      });
      await ssc.stop();
      await ssc.awaitTermination();
      const rows = await ask(server.url, 'SELECT batch, i FROM numbers ORDER BY batch, i');
      expect(rows.map(({ batch, i }) => [batch, i])).toEqual(rowsOf(batches).flat());
    } finally {
      await server.close();
    }
  });
});
