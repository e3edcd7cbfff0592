import { appendFile, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tail } from './tail.ts';

let directory = '';
let path = '';
let lines: AsyncGenerator<string>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tail-'));
  path = join(directory, 'a log.txt');
  lines = tail(path, 1);
});

afterEach(async () => {
  await lines.return(undefined);
  await rm(directory, { recursive: true });
});

async function next(n: number): Promise<(string | undefined)[]> {
  const got: (string | undefined)[] = [];
  for (let i = 0; i < n; i++) got.push((await lines.next()).value);
  return got;
}

test('a file that does not exist yet is waited for', async () => {
  const first = next(1);
  await writeFile(path, 'one\n');
  expect(await first).toEqual(['one']);
});

test('a line comes when its end was written, whatever it is cut into', async () => {
  await writeFile(path, 'one\ntw');
  expect(await next(1)).toEqual(['one']);
  const second = next(2);
  const bytes = Buffer.from('o → ½\n\n');
  for (const byte of bytes) await appendFile(path, Buffer.of(byte));
  expect(await second).toEqual(['two → ½', '']);
});

test('lines longer than a read', async () => {
  await writeFile(path, `${'x'.repeat(200_000)}\n${'é'.repeat(100_000)}\n`);
  expect(await next(2)).toEqual(['x'.repeat(200_000), 'é'.repeat(100_000)]);
});

test('after a rotation the old file is read to its end, then the new one', async () => {
  await writeFile(path, 'one\n');
  expect(await next(1)).toEqual(['one']);
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, 'two\nthree');
  await writeFile(path, 'four\n');
  expect(await next(3)).toEqual(['two', 'three', 'four']);
});

test('a file that was deleted is waited for again', async () => {
  await writeFile(path, 'one\n');
  expect(await next(1)).toEqual(['one']);
  await unlink(path);
  const second = next(1);
  await writeFile(path, 'two\n');
  expect(await second).toEqual(['two']);
});

test('a file that became shorter begins anew', async () => {
  await writeFile(path, 'one\ntwo\nthr');
  expect(await next(2)).toEqual(['one', 'two']);
  const third = next(1);
  await writeFile(path, '1\n');
  expect(await third).toEqual(['1']);
});
