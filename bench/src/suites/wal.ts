import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, statSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OutputDiffers, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { SystemClock } from '@millrace/core';
import { type LogPosition, SegmentLog } from '@millrace/core/connector';

const sync = promisify(fdatasync);
const writeTo = promisify(write);

/** Records that are appended at once, and how large they are. */
interface Load {
  readonly title: string;
  readonly records: number;
  readonly bytes: number;
  readonly groups: number;
}

/** What payloads are made of. */
const FILL = 7;

const BLOCKS: Load = { title: '64 blocks of 4 KiB a group', records: 64, bytes: 4096, groups: 200 };
const LARGE: Load = { title: '4 blocks of 1 MiB a group', records: 4, bytes: 2 ** 20, groups: 20 };
const SMALL: Load = { title: '2,000 records of 100 bytes a group', records: 2000, bytes: 100, groups: 100 };

const loopTitle = ({ title }: Load) => `append and sync: ${title}`;
const logTitle = ({ title }: Load) => `log: ${title}`;

const openLog = (dir: string) => new SegmentLog(dir, { clock: new SystemClock(), warn: () => {} });

/** A header of 16 bytes with the number of its record. */
function headerOf(n: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(n);
  return header;
}

/** Bytes of payload a second through the log: the next group begins when all of one is safe. */
async function throughLog(dir: string, load: Load): Promise<number> {
  const { records, bytes, groups } = load;
  const logDir = mkdtempSync(join(dir, 'log-'));
  const log = openLog(logDir);
  log.open(() => {});
  const payload = Buffer.alloc(bytes, FILL);
  const headers = Array.from({ length: 1 + groups * records }, (_, n) => headerOf(n));
  let n = 0;
  // The first makes the file.
  await log.append(0, headers[n++]!, [payload]);
  const from = performance.now();
  for (let g = 0; g < groups; g++)
    await Promise.all(Array.from({ length: records }, () => log.append(g, headers[n++]!, [payload])));
  const seconds = (performance.now() - from) / 1000;
  await log.close();
  await compareLog(logDir, headers, payload);
  rmSync(logDir, { recursive: true });
  return (groups * records * bytes) / seconds;
}

/** Reads a log back. @throws OutputDiffers where its records are not those that were appended */
async function compareLog(dir: string, headers: readonly Buffer[], payload: Buffer): Promise<void> {
  const log = openLog(dir);
  const positions: LogPosition[] = [];
  log.open(({ header, position }) => {
    const n = positions.push(position) - 1;
    if (headers[n]?.equals(header) !== true) throw new OutputDiffers(`record ${n} of the log is another one`);
  });
  if (positions.length !== headers.length)
    throw new OutputDiffers(`the log has ${positions.length} records where ${headers.length} were appended`);
  for (const [n, position] of positions.entries())
    if (!payload.equals(log.read(position))) throw new OutputDiffers(`record ${n} of the log has another payload`);
  await log.close();
}

/** The same bytes, each group in one write and one sync. */
async function throughLoop(dir: string, { records, bytes, groups }: Load): Promise<number> {
  const path = join(mkdtempSync(join(dir, 'loop-')), 'file');
  const file = openSync(path, 'w');
  const payload = Buffer.alloc(bytes, FILL);
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
  const { size } = statSync(path);
  const written = (1 + groups * records) * bytes;
  if (size !== written) throw new OutputDiffers(`the loop's file has ${size} bytes where ${written} were written`);
  rmSync(path);
  return (groups * records * bytes) / seconds;
}

/** What the write-ahead log of receivers costs over the disk itself. */
export const walSuite: Suite = {
  id: 'wal',
  title: 'Write-ahead log',
  group: 'Recovery',
  about:
    'Groups of records, each group appended at once and awaited before the next. The loop beside it puts the same payload together, writes it and syncs it, without checksums, numbers, or an answer to each record. After each run the log is read back and every record compared.',
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
