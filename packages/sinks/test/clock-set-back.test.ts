import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { single } from '@millrace/backend-single';
import { Receiver, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { saveAsTextFiles } from '@millrace/sinks/files';
import { readReceipts, sqliteSink } from '@millrace/sinks/sqlite';
import { expect, test } from 'vitest';

/** A receiver that a test feeds. */
class Fed extends Receiver<number> {
  onStart() {}
  onStop() {}
}

test('a clock that was set back between two runs: files and rows of what was acknowledged are there once', async () => {
  const work = mkdtempSync(join(tmpdir(), 'millrace-set-back-'));
  const file = join(work, 'out.db');
  const db = new DatabaseSync(file);
  try {
    db.exec('CREATE TABLE numbers (n INTEGER)');
    let acknowledged = 0;
    for (const [fromMs, batches] of [
      [0, 5],
      [2000, 5],
      [7000, 2],
    ]) {
      const clock = new ManualClock(fromMs);
      const ssc = new StreamingContext(single(), seconds(1), {
        clock,
        name: 'set-back',
        checkpoint: join(work, 'checkpoint'),
        warn: () => {},
      });
      const receiver = new Fed();
      const numbers = ssc.receiverStream(receiver, { name: 'numbers' });
      const insert = { table: 'numbers', columns: ['n'], values: (n: number) => [n] };
      sqliteSink(numbers, { file, insert, name: 'rows' });
      saveAsTextFiles(numbers.map(String), join(work, 'files', 'n'), { name: 'files' });
      await ssc.start();
      for (let i = 0; i < batches; i++) {
        await receiver.storeMany([acknowledged++]);
        await runBatches(ssc, clock, 1);
      }
      await ssc.stop();
    }
    const all = Array.from({ length: acknowledged }, (_, n) => n);
    expect(
      db
        .prepare('SELECT n FROM numbers ORDER BY n')
        .all()
        .map(({ n }) => n),
    ).toEqual(all);
    expect(readReceipts(file, 'set-back', 'rows').map(({ time }) => time)).toEqual(
      Array.from({ length: 9 }, (_, i) => (i + 1) * 1000),
    );
    const lines = readdirSync(join(work, 'files')).flatMap((directory) =>
      readdirSync(join(work, 'files', directory))
        .filter((name) => name.startsWith('part-'))
        .flatMap((name) =>
          readFileSync(join(work, 'files', directory, name), 'utf8')
            .split('\n')
            .filter(Boolean),
        ),
    );
    expect(lines.map(Number).sort((a, b) => a - b)).toEqual(all);
  } finally {
    db.close();
    rmSync(work, { recursive: true, force: true });
  }
});
