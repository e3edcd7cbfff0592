import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { estimate, pairRatios, type Row, type Suite } from '@millrace/bench';
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
    const rates = loads.map(() => ({ log: [] as number[], loop: [] as number[] }));
    try {
      for (let round = 0; round <= context.runs; round++) {
        for (const [i, load] of loads.entries()) {
          context.progress((round + i / loads.length) / (context.runs + 1), load.title);
          // In turns, so that what slows the disk for a while slows both.
          const turns = [
            async () => rates[i]!.log.push(await throughLog(dir, load)),
            async () => rates[i]!.loop.push(await throughLoop(dir, load)),
          ];
          for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
          if (round === 0) rates[i] = { log: [], loop: [] };
        }
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    const row = (contender: string, values: readonly number[]): Row => ({
      suite: this.id,
      contender,
      metric: 'throughput',
      unit: 'B/s',
      better: 'higher',
      ...estimate(values),
    });
    return {
      rows: loads.flatMap(({ title }, i) => [
        row(`append and sync: ${title}`, rates[i]!.loop),
        row(`log: ${title}`, rates[i]!.log),
      ]),
      ratios: { 'wal.append/fsync': estimate(pairRatios(rates[0]!.log, rates[0]!.loop)) },
    };
  },
};
