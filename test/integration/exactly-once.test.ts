import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@millrace/core/connector';
import * as postgres from '@millrace/sinks/postgres';
import * as sqlite from '@millrace/sinks/sqlite';
import { afterEach, expect, test } from 'vitest';
import { PER_BATCH, rowsOf, type ToDatabaseParams } from './jobs/to-database.ts';
import { killAgainAndAgain } from './kit/kill-again.ts';
import { ask, sharedServer } from './kit/postgres-server.ts';
import { killAll } from './kit/program.ts';

/* A process that writes batches is killed with -9 at random moments, and runs the same batches again. */

const PROGRAM = fileURLToPath(new URL('./programs/batches.ts', import.meta.url));
const BATCHES = 30;
const KILLS = 4;
const seed = process.env['SEED'] ?? String(Math.floor(Math.random() * 1e6));

const shared = sharedServer();
if (shared === null)
  console.warn('skipped: PostgreSQL tests need a server; `npm run services -- start postgres` starts one');

afterEach(killAll);

const killed = (backend: string, params: ToDatabaseParams): Promise<number> =>
  killAgainAndAgain({
    program: PROGRAM,
    args: ['to-database', backend, JSON.stringify(params)],
    batches: BATCHES,
    kills: KILLS,
    random: seededRandom(`${seed} ${backend} ${params.file ?? params.url}`),
  });

const complete = Array.from({ length: BATCHES }, (_, i) => ({
  time: 200 * (i + 1),
  numPartitions: 4,
  partitions: [0, 1, 2, 3],
  records: PER_BATCH,
  complete: true,
}));

for (const backend of ['single', 'threads']) {
  test(`SQLite, ${backend}: whenever the process is killed, every record is there once`, async () => {
    const work = mkdtempSync(join(tmpdir(), 'millrace-exactly-once-'));
    const file = join(work, 'out.db');
    const db = new DatabaseSync(file);
    try {
      db.exec('CREATE TABLE numbers (batch INTEGER, i INTEGER)');
      expect(await killed(backend, { file, batches: BATCHES }), `SEED=${seed}`).toBeGreaterThan(0);
      const rows = db.prepare('SELECT batch, i FROM numbers ORDER BY batch, i').all();
      expect(
        rows.map(({ batch, i }) => [batch, i]),
        `SEED=${seed}`,
      ).toEqual(rowsOf(BATCHES).flat());
      expect(sqlite.readReceipts(file, 'to-database', 'stored')).toEqual(complete);
    } finally {
      db.close();
      rmSync(work, { recursive: true, force: true });
    }
  });

  test.skipIf(shared === null)(
    `PostgreSQL, ${backend}: whenever the process is killed, every record is there once`,
    async () => {
      const name = `exactly_once_${process.pid}_${backend}`;
      await ask(shared as string, `DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name}`);
      const url = Object.assign(new URL(shared as string), { pathname: `/${name}` }).href;
      try {
        await ask(url, 'CREATE TABLE numbers (batch integer, i integer)');
        expect(await killed(backend, { url, batches: BATCHES }), `SEED=${seed}`).toBeGreaterThan(0);
        const rows = await ask(url, 'SELECT batch, i FROM numbers ORDER BY batch, i');
        expect(
          rows.map(({ batch, i }) => [batch, i]),
          `SEED=${seed}`,
        ).toEqual(rowsOf(BATCHES).flat());
        expect(await postgres.readReceipts(url, 'to-database', 'stored')).toEqual(complete);
      } finally {
        await ask(shared as string, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
    },
  );
}
