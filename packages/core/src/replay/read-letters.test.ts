import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { msgpackCodec } from '../data/codec.ts';
import { letterChecksum } from './letter.ts';
import { markReplayed, readLetters } from './read-letters.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-letters-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A letter as a line. */
function line(record: unknown, time: number, index = 0, checked = true): string {
  const bytes = Buffer.from(msgpackCodec.encode([record], 'test')).toString('base64');
  const about = { operator: 'parse', time, job: 'job', partition: 0, index, bytes };
  return `${JSON.stringify({ ...about, encoded: true, ...(checked ? { checksum: letterChecksum(about) } : {}) })}\n`;
}

function writeBatch(time: number, text: string, name = `letters-${time}`): string {
  const path = join(dir, name);
  mkdirSync(path);
  writeFileSync(join(path, 'part-00000'), text);
  writeFileSync(join(path, '_SUCCESS'), '');
  return path;
}

const records = async (path: string, options?: Parameters<typeof readLetters>[1]) =>
  (await readLetters(path, options)).letters.map(({ record }) => record);

test('a bit that has turned over anywhere in what is replayed is found, and letters without a checksum are read', async () => {
  const old = writeBatch(1000, line(1, 1000, 0, false) + line(2, 1000, 1, false));
  expect(await records(old)).toEqual([1, 2]);
  const text = line('some text', 2000);
  const path = writeBatch(2000, text);
  const file = join(path, 'part-00000');
  const until = text.indexOf('"encoded"');
  for (let at = 0; at < until; at++)
    for (const bit of [1, 2, 4]) {
      const damaged = Buffer.from(text);
      damaged[at] = (damaged[at] as number) ^ bit;
      writeFileSync(file, damaged);
      await expect(records(path), `byte ${at}`).rejects.toMatchObject({ code: 'MR_LETTERS' });
    }
});

test('batches that have not completed are left out, and one by itself is refused', async () => {
  writeBatch(1000, line(1, 1000));
  const path = writeBatch(2000, line(2, 2000));
  rmSync(join(path, '_SUCCESS'));
  expect(await readLetters(dir)).toMatchObject({ letters: [{ record: 1 }], unfinished: [path] });
  for (const each of [path, join(path, 'part-00000')])
    await expect(records(each)).rejects.toMatchObject({
      code: 'MR_LETTERS',
      message: expect.stringContaining('_SUCCESS'),
    });
  // Elsewhere it is a file that somebody has put there.
  writeFileSync(join(dir, 'copy'), line(2, 2000));
  expect(await records(join(dir, 'copy'))).toEqual([2]);
});

test('what went through is left out the next time, for the outputs that it went to', async () => {
  const first = writeBatch(1000, line(1, 1000));
  writeBatch(2000, line(2, 2000));
  const found = await readLetters(dir);
  await markReplayed(found, [1000], ['rows']);
  expect(await records(dir)).toEqual([1, 2]);
  expect(await records(dir, { outputs: ['files'] })).toEqual([1, 2]);
  expect(await records(dir, { outputs: ['rows'] })).toEqual([2]);
  await markReplayed(found, [1000], ['files']);
  expect(await records(dir, { outputs: ['rows', 'files'] })).toEqual([2]);
  // A line that was torn is none, and what comes behind it is one.
  const marks = readFileSync(join(first, '_REPLAYED'), 'utf8');
  writeFileSync(join(first, '_REPLAYED'), marks.trimEnd().slice(0, -4));
  expect(await records(dir, { outputs: ['rows', 'files'] })).toEqual([1, 2]);
  await markReplayed(found, [1000, 3000]);
  expect(await records(dir)).toEqual([2]);
  expect(await readLetters(first)).toMatchObject({
    letters: [{ record: 1 }],
    replayed: [{ directory: first, left: null, followed: false }],
  });
  expect(await records(dir, { again: true })).toEqual([1, 2]);
  // The batch ran again, and other records have failed.
  writeFileSync(join(first, 'part-00000'), line(3, 1000));
  expect(await records(dir)).toEqual([3, 2]);
});
