import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { readReceipts } from '@millrace/sinks/sqlite';
import { expect, test } from 'vitest';
import type toSqlite from './jobs/to-sqlite.ts';

const JOB = new URL('./jobs/to-sqlite.ts', import.meta.url);

test('workers write to one file, two of them die while they do, and the batches run again: every record is there once', async () => {
  const work = mkdtempSync(join(tmpdir(), 'millrace-to-sqlite-'));
  const file = join(work, 'out.db');
  const db = new DatabaseSync(file);
  try {
    db.exec('CREATE TABLE numbers (n INTEGER)');
    const died = new SharedArrayBuffer(4);
    for (const deaths of [2, 0]) {
      const clock = new ManualClock();
      const { ssc } = await loadJob<typeof toSqlite>(JOB, {
        backend: threads({ workers: 2 }),
        clock,
        warn: () => {},
        params: { file, deaths, died },
      });
      await ssc.start();
      await runBatches(ssc, clock, 3);
      await ssc.stop();
      await ssc.awaitTermination();
      const rows = db.prepare('SELECT n FROM numbers ORDER BY n').all();
      expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
      expect(readReceipts(file, 'to-sqlite', 'stored')).toEqual(
        [1000, 2000, 3000].map((time) => ({
          time,
          numPartitions: 4,
          partitions: [0, 1, 2, 3],
          records: 400,
          complete: true,
        })),
      );
    }
    expect(new Int32Array(died)[0]).toBeGreaterThan(2);
  } finally {
    db.close();
    rmSync(work, { recursive: true, force: true });
  }
});
