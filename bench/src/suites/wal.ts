import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { SystemClock } from '@millrace/core';
import { SegmentLog } from '@millrace/core/connector';

const sync = promisify(fdatasync);
const writeTo = promisify(write);

/** Records that are appended at once, and how large they are. */
interface Load {
  readonly title: string;
  readonly records: number;
  readonly bytes: number;
  readonly groups: number;
}

const BLOCKS: Load = { title: '64 blocks of 4 KiB a group', records: 64, bytes: 4096, groups: 200 };
const LARGE: Load = { title: '4 blocks of 1 MiB a group', records: 4, bytes: 2 ** 20, groups: 20 };
const SMALL: Load = { title: '2,000 records of 100 bytes a group', records: 2000, bytes: 100, groups: 100 };

const loopTitle = ({ title }: Load) => `append and sync: ${title}`;
const logTitle = ({ title }: Load) => `log: ${title}`;

/** Bytes of payload a second through the log: the next group begins when all of one is safe. */
async function throughLog(dir: string, { records, bytes, groups }: Load): Promise<number> {
  const log = new SegmentLog(mkdtempSync(join(dir, 'log-')), { clock: new SystemClock(), warn: () => {} });
  log.open(() => {});
  const header = new Uint8Array(16);
  const payload = [Buffer.alloc(bytes, 7)];
  // The first makes the file.
  await log.append(0, header, payload);
  const from = performance.now();
  for (let g = 0; g < groups; g++)
    await Promise.all(Array.from({ length: records }, () => log.append(g, header, payload)));
  const seconds = (performance.now() - from) / 1000;
  await log.close();
  return (groups * records * bytes) / seconds;
}

/** The same bytes, each group in one write and one sync. */
async function throughLoop(dir: string, { records, bytes, groups }: Load): Promise<number> {
  const file = openSync(join(mkdtempSync(join(dir, 'loop-')), 'file'), 'w');
  const payload = Buffer.alloc(bytes, 7);
  await writeTo(file, payload);
  await sync(file);
  const from = performance.now();
  for (let g = 0; g < groups; g++) {
    const group = Buffer.concat(Array.from({ length: records }, () => payload));
    await writeTo(file, group);
    await sync(file);
  }
  const seconds = (performance.now() - from) / 1000;
  closeSync(file);
  return (groups * records * bytes) / seconds;
}

/** What the write-ahead log of receivers costs over the disk itself. */
export const walSuite: Suite = {
  id: 'wal',
  title: 'Write-ahead log',
  group: 'Recovery',
  about:
    'Groups of records, each group appended at once and awaited before the next. The loop beside it puts the same payload together, writes it and syncs it, without checksums, numbers, or an answer to each record.',
  collections: ['quick', 'full'],
  async run(context) {
    const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    const loads = context.quick ? [BLOCKS] : [BLOCKS, LARGE, SMALL];
    const runners = loads.flatMap((load) => [
      { title: loopTitle(load), run: () => throughLoop(dir, load) },
      { title: logTitle(load), run: () => throughLog(dir, load) },
    ]);
    try {
      const turns = await takeTurns(runners, context);
      return {
        rows: turnRows(turns, { suite: this.id, metric: 'throughput', unit: 'B/s', better: 'higher' }),
        ratios: { 'wal.append/fsync': turnRatio(turns, logTitle(BLOCKS), loopTitle(BLOCKS)) },
      };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
