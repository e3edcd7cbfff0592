import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { type LogFile, type LogFiles, systemFiles } from './log-files.ts';
import type { LogPosition } from './read-record.ts';
import { segmentNumbers, segmentPath } from './segment-files.ts';
import { SegmentLog, type SegmentLogOptions } from './segment-log.ts';

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-log-'));
  dirs.push(dir);
  return dir;
};
/** Files of a process that is killed: the log does not close them, the system does. */
const leftOpen: LogFile[] = [];
const filesOfKilled: LogFiles = {
  ...systemFiles,
  async create(dir, path, header) {
    const file = await systemFiles.create(dir, path, header);
    leftOpen.push(file);
    return file;
  },
};
afterEach(async () => {
  for (const file of leftOpen.splice(0)) await file.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const warnings: string[] = [];
const make = (dir: string, options: Partial<SegmentLogOptions> = {}) =>
  new SegmentLog(dir, { clock: new ManualClock(), warn: (message) => warnings.push(message), ...options });

/** Opens a log; what it finds, each record as `header=payload`. */
function reopen(dir: string, options: Partial<SegmentLogOptions> = {}) {
  const log = make(dir, options);
  const records: string[] = [];
  const positions: LogPosition[] = [];
  const report = log.open(({ header, position }) => {
    positions.push(position);
    records.push(`${text(header)}=${text(log.read(position))}`);
  });
  return { log, records, positions, report };
}

const append = (log: SegmentLog, i: number, time = i) =>
  log.append(time, Buffer.from(`h${i}`), [Buffer.from('pay'), Buffer.from(`load ${i} ${'x'.repeat(i % 50)}`)]);
const expected = (i: number) => `h${i}=payload ${i} ${'x'.repeat(i % 50)}`;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => expected(i));

/** A log with records 0 to n-1. */
async function filled(n: number, options: Partial<SegmentLogOptions> = {}): Promise<string> {
  const dir = newDir();
  const log = make(dir, options);
  log.open(() => {});
  for (let i = 0; i < n; i++) await append(log, i);
  await log.close();
  return dir;
}

test('what was appended is there, in order, over runs and segments', async () => {
  const dir = await filled(30, { segmentBytes: 500 });
  const { log, records } = reopen(dir);
  expect(records).toEqual(upTo(30));
  for (let i = 30; i < 40; i++) await append(log, i);
  await log.close();
  expect(reopen(dir).records).toEqual(upTo(40));
  expect(segmentNumbers(dir).length).toBeGreaterThan(4);
});

test('records that are appended together share a sync', async () => {
  const dir = newDir();
  const log = make(dir);
  log.open(() => {});
  await Promise.all(Array.from({ length: 1000 }, (_, i) => append(log, i)));
  const { syncs, records, pendingBytes } = log.stats();
  expect({ records, pendingBytes }).toEqual({ records: 1000, pendingBytes: 0 });
  expect(syncs).toBeLessThan(20);
  await log.close();
  expect(reopen(dir).records).toEqual(upTo(1000));
});

test('segments roll by time, and go when nobody needs them', async () => {
  const dir = newDir();
  const clock = new ManualClock();
  const log = make(dir, { clock, rollIntervalMs: 1000 });
  log.open(() => {});
  for (let i = 0; i < 5; i++) {
    await append(log, i, i * 10);
    await clock.advance(1000);
  }
  expect(log.stats().segments).toBe(5);
  await log.clean(2);
  expect(segmentNumbers(dir)).toEqual([2, 3, 4]);
  // The one that is written stays, whatever is in it.
  await log.clean(1000);
  expect(segmentNumbers(dir)).toEqual([4]);
  await append(log, 5, 50);
  await log.close();
  expect(reopen(dir).records).toEqual([expected(4), expected(5)]);
});

test('a segment that somebody deleted already does not stop the others from going', async () => {
  const dir = await filled(30, { segmentBytes: 300 });
  const { log } = reopen(dir);
  const before = segmentNumbers(dir);
  unlinkSync(segmentPath(dir, before[0] as number));
  await log.clean(1000);
  // The newest stays: numbers go on from it.
  expect(segmentNumbers(dir)).toEqual(before.slice(-1));
  await append(log, 30);
  await log.close();
  expect(segmentNumbers(dir)).toEqual([before.at(-1), (before.at(-1) as number) + 1]);
});

test('a torn tail is cut off wherever it was torn, and said; the log goes on behind what is whole', async () => {
  const whole = await filled(6);
  const file = readFileSync(segmentPath(whole, 0));
  const { positions } = reopen(whole);
  const last = positions.at(-1) as LogPosition;
  for (let cut = 1; cut < last.length; cut += 7) {
    const dir = newDir();
    writeFileSync(segmentPath(dir, 0), file.subarray(0, file.length - cut));
    const { log, records, report } = reopen(dir);
    expect(records).toEqual(upTo(5));
    expect(report).toMatchObject({ records: 5, damaged: [] });
    expect(report.torn.length).toBe(1);
    await append(log, 5);
    await append(log, 6);
    await log.close();
    const again = reopen(dir);
    expect(again.records).toEqual(upTo(7));
  }
  expect(warnings.some((w) => w.includes('is not whole'))).toBe(true);
});

test('garbage and zeros behind the last record are a torn tail', async () => {
  for (const tail of [Buffer.alloc(100), Buffer.from('MRRC'), Buffer.from('MRRC'.repeat(40))]) {
    const dir = await filled(3);
    appendFileSync(segmentPath(dir, 0), tail);
    expect(reopen(dir)).toMatchObject({ records: upTo(3), report: { damaged: [] } });
  }
});

test('a segment that was begun and got nothing is no damage', async () => {
  const dir = await filled(3);
  writeFileSync(segmentPath(dir, 1), Buffer.alloc(5));
  const { records, log } = reopen(dir);
  expect(records).toEqual(upTo(3));
  await append(log, 3);
  await log.close();
});

test('a bit that turned over loses its own record at most, and is never taken for what was written', async () => {
  const dir = await filled(100, { segmentBytes: 1500 });
  const numbers = segmentNumbers(dir);
  const files = numbers.map((n) => readFileSync(segmentPath(dir, n)));
  expect(numbers.length).toBeGreaterThan(2);
  const last = reopen(dir).positions.at(-1) as LogPosition;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(files.length - 1),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.nat(7),
      async (f, at, bit) => {
        const copy = newDir();
        const damaged = files.map((file) => Buffer.from(file));
        const offset = Math.floor(at * (damaged[f] as Buffer).length);
        (damaged[f] as Buffer)[offset] ^= 1 << bit;
        damaged.forEach((file, i) => {
          writeFileSync(segmentPath(copy, numbers[i] as number), file);
        });
        const isTail = f === files.length - 1;
        let refused = false;
        try {
          reopen(copy);
        } catch (e) {
          refused = true;
          expect((e as { code: string }).code).toBe('MR_LOG_DAMAGED');
        }
        const { records, report } = reopen(copy, { onDamage: 'skip' });
        // Only a length of the very last record that reaches beyond the file looks as if that was never completed.
        const inLastHead = offset - last.offset;
        expect(refused || (isTail && inLastHead >= 28 && inLastHead < 36 && records.length === 99)).toBe(true);
        expect(records.every((r) => upTo(100).includes(r))).toBe(true);
        expect(report.torn.length + report.damaged.length).toBeGreaterThan(0);
        // Records have their own checksums: a segment's header that is damaged loses none of them.
        expect(records.length).toBe(offset < 40 ? 100 : 99);
        expect(segmentNumbers(copy)).toEqual(numbers);
      },
    ),
    { numRuns: 150 },
  );
});

test('a missing segment is found, and with skip what is left goes on', async () => {
  const dir = await filled(30, { segmentBytes: 400 });
  const numbers = segmentNumbers(dir);
  unlinkSync(segmentPath(dir, numbers[1] as number));
  expect(() => reopen(dir)).toThrow(/are missing/);
  const { records, report } = reopen(dir, { onDamage: 'skip' });
  expect(records.length).toBeLessThan(30);
  expect(report.damaged[0]?.what).toContain('are missing');
});

const HURT: Record<string, (dir: string, newest: string) => void> = {
  'is missing': (_, newest) => unlinkSync(newest),
  'is empty': (_, newest) => truncateSync(newest, 0),
  'ends behind its header': (_, newest) => truncateSync(newest, 40),
  'ends behind its first record': (_, newest) =>
    truncateSync(newest, 40 + 36 + 2 + Buffer.from('payload 8 xxxxxxxx').length - 1),
  'has a bit that turned over in its only record': (_, newest) => {
    const bytes = readFileSync(newest);
    bytes[bytes.length - 3] ^= 4;
    writeFileSync(newest, bytes);
  },
};
for (const [hurt, harm] of Object.entries(HURT)) {
  test(`a newest segment that ${hurt} is found, although nothing is behind it`, async () => {
    // Each life has a segment; the last one has one record and was killed.
    const dir = await filled(8);
    const { log } = reopen(dir, { files: filesOfKilled });
    await append(log, 8);
    expect(segmentNumbers(dir)).toEqual([0, 1]);
    harm(dir, segmentPath(dir, 1));
    expect(() => reopen(dir)).toThrow(expect.objectContaining({ code: 'MR_LOG_DAMAGED' }));
    const skipped = reopen(dir, { onDamage: 'skip' });
    expect(skipped.records).toEqual(upTo(8));
    expect(skipped.report.damaged).toHaveLength(1);
    await append(skipped.log, 9);
    await skipped.log.close();
    // Its number is not used again, and who accepted the loss is not asked again.
    expect(segmentNumbers(dir).at(-1)).toBe(2);
    expect(reopen(dir)).toMatchObject({ records: [...upTo(8), expected(9)], report: { damaged: [] } });
  });
}

test('of a log that was closed nothing can be taken for torn', async () => {
  const dir = await filled(8);
  const path = segmentPath(dir, 0);
  truncateSync(path, readFileSync(path).length - 5);
  expect(() => reopen(dir)).toThrow(/no record where one was/);
});

test('a mark that is not what was written is damage, and one that is missing tells nothing where nobody says that there was one', async () => {
  const dir = await filled(3);
  const mark = join(dir, 'newest');
  writeFileSync(mark, readFileSync(mark, 'utf8').replace('3', '2'));
  expect(() => reopen(dir)).toThrow(expect.objectContaining({ code: 'MR_LOG_DAMAGED' }));
  expect(reopen(dir, { onDamage: 'skip' }).records).toEqual(upTo(3));
  unlinkSync(mark);
  expect(reopen(dir).records).toEqual(upTo(3));
});

test('reading what is not there any more, or was changed, says so', async () => {
  const dir = await filled(3);
  const { positions, log } = reopen(dir);
  const [first, second] = positions as [LogPosition, LogPosition];
  truncateSync(segmentPath(dir, 0), second.offset + 4);
  expect(text(log.read(first))).toContain('payload 0');
  for (const bad of [
    second,
    { ...first, offset: first.offset + 1 },
    { ...first, length: first.length - 1 },
    { ...first, segment: 7 },
  ])
    expect(() => log.read(bad)).toThrow(expect.objectContaining({ code: 'MR_LOG_DAMAGED' }));
});

test('a newer format is left alone', async () => {
  const dir = await filled(3);
  const file = readFileSync(segmentPath(dir, 0));
  file.writeUInt32LE(9, 4);
  file.writeUInt32LE(crc32(file.subarray(0, 32)), 32);
  writeFileSync(segmentPath(dir, 0), file);
  expect(() => reopen(dir, { onDamage: 'skip' })).toThrow(expect.objectContaining({ code: 'MR_LOG_NEWER' }));
});

/** Files of which some operations fail. */
type Operation = 'create' | 'write' | 'sync' | 'replace';
function failing(fails: (operation: Operation, nth: number) => boolean): LogFiles {
  const counts = { create: 0, write: 0, sync: 0, replace: 0 };
  const check = (operation: Operation) => {
    if (fails(operation, counts[operation]++)) throw new Error(`ENOSPC: no space left, ${operation}`);
  };
  return {
    async create(dir, path, header) {
      check('create');
      const file = await systemFiles.create(dir, path, header);
      return {
        async write(buffers, position) {
          // What fails may have been written in part.
          try {
            check('write');
          } catch (e) {
            const bytes = Buffer.concat(buffers as Uint8Array[]);
            await file.write([bytes.subarray(0, bytes.length / 2)], position);
            throw e;
          }
          await file.write(buffers, position);
        },
        async sync() {
          check('sync');
          await file.sync();
        },
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      };
    },
    async replace(path, bytes) {
      check('replace');
      await systemFiles.replace(path, bytes);
    },
    remove: (path) => systemFiles.remove(path),
    lock: (path) => systemFiles.lock(path),
    rewrite: (path, from) => systemFiles.rewrite(path, from),
  };
}

for (const operation of ['create', 'write', 'sync', 'replace'] as const) {
  test(`a ${operation} that fails is made up for in a new segment, and nothing is there twice`, async () => {
    for (let nth = 0; nth < 6; nth++) {
      const dir = newDir();
      const log = make(dir, { segmentBytes: 200, files: failing((o, n) => o === operation && n === nth) });
      log.open(() => {});
      for (let i = 0; i < 12; i++) await append(log, i);
      await log.close();
      expect(reopen(dir)).toMatchObject({ records: upTo(12), report: { damaged: [] } });
    }
  });

  test(`a disk on which every ${operation} fails is said to be, and what was safe stays`, async () => {
    const dir = newDir();
    let full = false;
    const log = make(dir, { segmentBytes: 200, files: failing((o) => full && o === operation) });
    log.open(() => {});
    for (let i = 0; i < 5; i++) await append(log, i);
    full = true;
    // The next segment is needed for `create` to be asked at all.
    const late: PromiseSettledResult<LogPosition>[] = [];
    for (let i = 5; i < 35; i++) late.push(...(await Promise.allSettled([append(log, i)])));
    expect(late.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'MR_LOG_WRITE' } });
    await expect(append(log, 99)).rejects.toMatchObject({ code: 'MR_LOG_WRITE' });
    await log.close();
    const safe = 5 + late.filter((r) => r.status === 'fulfilled').length;
    // Space was made, and the job was started again.
    const { records, log: next } = reopen(dir);
    expect(records.slice(0, safe)).toEqual(upTo(safe));
    expect(new Set(records).size).toBe(records.length);
    await append(next, 500);
    await next.close();
    expect(reopen(dir).records.at(-1)).toBe(expected(500));
  });
}

test('closing waits for what is under way, and nothing is taken afterwards', async () => {
  const dir = newDir();
  const log = make(dir);
  log.open(() => {});
  const appended = Array.from({ length: 50 }, (_, i) => append(log, i));
  await log.close();
  await Promise.all(appended);
  await expect(append(log, 50)).rejects.toMatchObject({ code: 'MR_LOG_WRITE' });
  await log.close();
  expect(reopen(dir).records).toEqual(upTo(50));
});
