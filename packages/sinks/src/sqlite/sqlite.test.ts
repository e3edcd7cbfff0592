import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { single } from '@millrace/backend-single';
import { type DStream, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, registerCases, runBatches, TestSource } from '@millrace/core/testing';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { transactionalTargetConformance } from '../testing/index.ts';
import { readReceipts, type SqliteSinkOptions, sqliteSink } from './index.ts';
import { checkInsert } from './insert.ts';
import { sqliteTarget } from './sqlite-target.ts';

let work = '';
let file = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'millrace-sqlite-'));
  file = join(work, 'out.db');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function query(sql: string, path = file): Record<string, unknown>[] {
  const db = new DatabaseSync(path);
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

function execute(sql: string, path = file): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

registerCases(
  'SQLite',
  transactionalTargetConformance(() => {
    const path = join(work, 'conformance.db');
    execute('CREATE TABLE numbers (n INTEGER)', path);
    const insert = checkInsert<number>({ table: 'numbers', columns: ['n'] });
    return {
      target: sqliteTarget({ file: path, receipts: 'r', lockTimeoutMs: 5000, insert, keepMs: Infinity }),
      record: (i) => i,
      rows: () => query('SELECT n FROM numbers', path).map(({ n }) => n as number),
    };
  }),
  { describe, it },
);

/** Runs batches of one job into the file; the first failure. */
async function run<T>(
  batches: readonly (readonly T[])[],
  options: Omit<SqliteSinkOptions<T>, 'file'>,
  more: { numPartitions?: number; before?: (stream: DStream<T>) => DStream<T> } = {},
): Promise<(Error & { code: string }) | null> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, name: 'job', maxTaskFailures: 3, warn: () => {} });
  const source = new TestSource(ssc, batches, { numPartitions: more.numPartitions ?? 2 });
  sqliteSink(more.before?.(source) ?? source, { name: 'stored', ...options, file });
  await ssc.start();
  await runBatches(ssc, clock, batches.length);
  await ssc.stop();
  return ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e as never,
  );
}

const words = { table: 'words', columns: ['word', 'n'] };

test('rows and receipts; the same batches again leave the same rows', async () => {
  execute('CREATE TABLE words (word TEXT, n INTEGER)');
  const batches: [string, number][][] = [
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    [],
    [['a', 4]],
  ];
  expect(await run(batches, { insert: words })).toBeNull();
  const rows = query('SELECT * FROM words ORDER BY n');
  expect(rows.map(({ word, n }) => [word, n])).toEqual(batches.flat());
  const receipts = readReceipts(file, 'job', 'stored');
  expect(receipts).toEqual([
    { time: 1000, numPartitions: 2, partitions: [0, 1], records: 3, complete: true },
    { time: 2000, numPartitions: 2, partitions: [0, 1], records: 0, complete: true },
    { time: 3000, numPartitions: 2, partitions: [0, 1], records: 1, complete: true },
  ]);
  expect(await run([...batches, [['d', 5]]], { insert: words })).toBeNull();
  expect(query('SELECT * FROM words ORDER BY n')).toEqual([...rows, { word: 'd', n: 5 }]);
  expect(readReceipts(file, 'job', 'stored').slice(0, 3)).toEqual(receipts);
  expect(readReceipts(file, 'job', 'other')).toEqual([]);
});

test('a batch that failed in one partition is completed by the next run', async () => {
  execute('CREATE TABLE words (word TEXT, n INTEGER CHECK (n < 100))');
  const failed = await run(
    [
      [
        ['a', 1],
        ['b', 200],
      ],
    ],
    { insert: words },
  );
  expect(failed?.code).toBe('MR_SINK_FAILED');
  expect(failed?.message).toContain('out.db: CHECK constraint failed');
  expect(readReceipts(file, 'job', 'stored')).toMatchObject([{ partitions: [0], complete: false }]);
  expect(
    await run(
      [
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
      { insert: words },
    ),
  ).toBeNull();
  expect(query('SELECT n FROM words ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  expect(readReceipts(file, 'job', 'stored')).toMatchObject([{ partitions: [0, 1], complete: true }]);
});

test('a task that fails at its first attempts writes once', async () => {
  execute('CREATE TABLE words (word TEXT, n INTEGER)');
  let failures = 2;
  const insert = {
    ...words,
    values: ([word, n]: [string, number]) => {
      if (n === 3 && failures-- > 0) throw new Error('not yet');
      return [word, n];
    },
  };
  const result = await run(
    [
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
    ],
    { insert },
    { numPartitions: 1 },
  );
  const left = query('SELECT n FROM words ORDER BY n').map(({ n }) => n);
  expect(result).toBeNull();
  expect(failures).toBeLessThan(0);
  expect(left).toEqual([1, 2, 3]);
});

test('another number of partitions is refused, and nothing is added', async () => {
  execute('CREATE TABLE words (word TEXT, n INTEGER)');
  const batch: [string, number][] = [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ];
  await run([batch], { insert: words }, { numPartitions: 2 });
  expect((await run([batch], { insert: words }, { numPartitions: 3 }))?.code).toBe('MR_SINK_LAYOUT');
  expect(query('SELECT count(*) AS n FROM words')).toEqual([{ n: 3 }]);
});

test('upserts by key columns; names with quotes; objects by name', async () => {
  execute('CREATE TABLE "my ""table" ("the key" TEXT PRIMARY KEY, "select" TEXT)');
  const insert = { table: 'my "table', columns: ['the key', 'select'], upsertBy: ['the key'] };
  const record = (key: string, value: unknown) => ({ 'the key': key, select: value, ignored: 1 });
  const batches = [[record('a', 'x'), record('a', 'y'), record('b', 'z')], [record('b', undefined)]];
  expect(await run<Record<string, unknown>>(batches, { insert })).toBeNull();
  expect(query('SELECT * FROM "my ""table"')).toEqual([
    { 'the key': 'a', select: 'y' },
    { 'the key': 'b', select: null },
  ]);
});

test('a statement of its own, and values of all kinds', async () => {
  execute('CREATE TABLE things (kind TEXT, v)');
  const values = [true, new Date(0), null, undefined, 2n ** 60n, new Uint8Array([1, 2]), { a: [1] }, 1.5];
  const insert = { statement: 'INSERT INTO things VALUES (typeof(?1), ?1)', params: (v: unknown) => [v] };
  expect(await run<unknown>([values], { insert }, { numPartitions: 1 })).toBeNull();
  const stored = query("SELECT kind, CASE typeof(v) WHEN 'blob' THEN hex(v) ELSE CAST(v AS TEXT) END AS v FROM things");
  expect(stored.map(({ kind, v }) => `${kind} ${v}`)).toEqual([
    'integer 1',
    'text 1970-01-01T00:00:00.000Z',
    'null null',
    'null null',
    'integer 1152921504606846976',
    'blob 0102',
    'text {"a":[1]}',
    'real 1.5',
  ]);
});

test('old receipts go, those of the last 100 batches stay', async () => {
  execute('CREATE TABLE words (word TEXT, n INTEGER)');
  const batches = Array.from({ length: 130 }, (_, i): [string, number][] => [['w', i]]);
  await run(batches, { insert: words, keepReceipts: seconds(2) });
  const receipts = readReceipts(file, 'job', 'stored');
  expect([receipts[0]?.time, receipts.length]).toEqual([31_000, 100]);
  await run([...batches, ...batches.slice(0, 20)], { insert: words, keepReceipts: 'forever', name: 'again' });
  expect(readReceipts(file, 'job', 'again').length).toBe(150);
});

test('options that make no sense are refused', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock(), warn: () => {} });
  const stream = new TestSource(ssc, [[1]]);
  const good = { file, insert: { table: 't', columns: ['n'] } };
  const wrong: object[] = [
    { file: ':memory:' },
    { file: '' },
    { keepReceipts: -1 },
    { lockTimeout: 'x' },
    { retries: -1 },
    { chunkSize: 0 },
    { receipts: '' },
    { table: 't' },
    { insert: { table: 't', columns: [] } },
    { insert: { table: 't', columns: ['a', 'a'] } },
    { insert: { table: 't', columns: ['a'], upsertBy: ['b'] } },
    { insert: { statement: 'COMMIT', params: () => [] } },
    { insert: { statement: 'INSERT INTO t VALUES (1)' } },
  ];
  for (const options of wrong)
    expect(() => sqliteSink(stream, { ...good, ...options } as never), JSON.stringify(options)).toThrow(/sqliteSink/);
});
