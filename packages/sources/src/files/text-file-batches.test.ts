import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMillraceError, milliseconds, StreamingContext } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { afterAll, expect, test } from 'vitest';
import { type FilePath, type TextFileOptions, textFileBatches } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-text-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A context whose clock stands still, with one stream of lines whose batches are collected. */
function setUp(paths: FilePath | readonly FilePath[], options?: TextFileOptions) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), milliseconds(100), { clock, warn: () => {} });
  const stream = textFileBatches(ssc, paths, options);
  const outputs = collectOutputs(stream);
  const numRecords: number[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void numRecords.push(batchInfo.numRecords) });
  return { clock, ssc, stream, outputs, numRecords, records: () => outputs.map((b) => b.records) };
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => `line ${i}\n`).join('');

test('linesPerBatch is exact; after the end batches are empty', async () => {
  const { ssc, clock, stream, records, numRecords } = setUp(write('seven', numbered(7)), { linesPerBatch: 3 });
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await stream.ended;
  expect(records()).toEqual([['line 0', 'line 1', 'line 2'], ['line 3', 'line 4', 'line 5'], ['line 6'], []]);
  expect(numRecords).toEqual([3, 3, 1, 0]);
  await ssc.stop();
});

test('several files follow each other, by path and by URL', async () => {
  const paths = [write('a', 'a1\na2'), write('empty', ''), pathToFileURL(write('b', 'b1\r\nb2\r\n'))];
  const { ssc, clock, outputs, records } = setUp(paths, { linesPerBatch: 4, numPartitions: 2 });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  expect(records()).toEqual([['a1', 'a2', 'b1', 'b2']]);
  expect(outputs[0].numPartitions).toBe(2);
  await ssc.stop();
});

test('by bytes, a batch has as many ranges as partitions', async () => {
  const { ssc, clock, stream, outputs, records } = setUp(write('hundred', numbered(100)), {
    bytesPerRange: 200,
    numPartitions: 3,
  });
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await stream.ended;
  expect(records().map((r) => r.length)).toEqual([77, 23]);
  expect(outputs.map((b) => b.numPartitions)).toEqual([3, 1]);
  expect(records().flat()).toEqual(Array.from({ length: 100 }, (_, i) => `line ${i}`));
  await ssc.stop();
});

test('listeners hear of bytes and where they lie', async () => {
  const path = write('ten', numbered(10));
  const { stream } = setUp(path, { linesPerBatch: 8, numPartitions: 2 });
  await stream.start();
  expect(stream.compute().metadata).toEqual({ bytes: 56, Description: `${path} from byte 0 to byte 56` });
  expect(stream.compute().metadata).toEqual({ bytes: 14, Description: `${path} from byte 56 to byte 70` });
  expect(stream.compute().metadata).toEqual({ Description: 'no lines' });
  await stream.stop();
});

test('a file without lines ends at once', async () => {
  for (const options of [{ linesPerBatch: 3 }, {}]) {
    const { ssc, clock, stream, records } = setUp(write('nothing', ''), options);
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await stream.ended;
    expect(records()).toEqual([[]]);
    await ssc.stop();
  }
});

test('a missing file fails start, with its path and what to do', async () => {
  const missing = join(folder, 'missing');
  const { ssc } = setUp([write('there', 'x'), missing]);
  const failure = await ssc.start().catch((e: unknown) => e);
  expect(isMillraceError(failure, 'MR_SOURCE_FAILED')).toBe(true);
  expect(failure).toMatchObject({
    message: expect.stringContaining(`${missing} cannot be read, there is no such file; create it before start()`),
    cause: { code: 'ENOENT' },
  });
  expect(ssc.getState()).toBe('STOPPED');
});

test('a directory fails start', async () => {
  const directory = join(folder, 'directory');
  mkdirSync(directory);
  await expect(setUp(directory).ssc.start()).rejects.toThrow(
    `${directory} is a directory; give the paths of text files`,
  );
});

test('a file that becomes shorter fails the batch that needs it', async () => {
  const path = write('shrinking', numbered(10));
  const { ssc, clock } = setUp(path, { linesPerBatch: 5 });
  await ssc.start();
  truncateSync(path, 40);
  await runBatches(ssc, clock, 2);
  const failure = await ssc.awaitTermination().catch((e: unknown) => e);
  expect(isMillraceError(failure, 'MR_SOURCE_FAILED')).toBe(true);
  await ssc.stop();
});

test('stop ends reading, and ended is told', async () => {
  const { ssc, clock, stream, records } = setUp(write('long', numbered(1000)), { linesPerBatch: 10 });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop({ graceful: true });
  await stream.ended;
  expect(records()).toHaveLength(1);
});

test('constructing looks at no file', () => {
  setUp(join(folder, 'not there yet'));
});

test('options that make no sense are refused where they are written', () => {
  expect(() => setUp('a', { linesPerBatch: 0 })).toThrow('textFileBatches: linesPerBatch is 0');
  expect(() => setUp('a', { bytesPerRange: 0.5 })).toThrow('textFileBatches: bytesPerRange is 0.5');
  expect(() => setUp('a', { maxLineBytes: -1 })).toThrow('textFileBatches: maxLineBytes is -1');
  expect(() => setUp('a', { numPartitions: 0 })).toThrow('textFileBatches: numPartitions is 0');
  expect(() => setUp('a', { linesPerBatch: 1, bytesPerRange: 1 })).toThrow(
    'cannot be given together with linesPerBatch',
  );
  expect(() => setUp(new URL('http://x/y'))).toThrow('must be paths or file: URLs');
  expect(() => setUp('')).toThrow('must be paths or file: URLs');
});

test('what is planned ahead stays bounded over many batches', async () => {
  const { ssc, clock, stream, records } = setUp(write('thousand', numbered(2000)), { linesPerBatch: 2 });
  await ssc.start();
  await runBatches(ssc, clock, 1000);
  await stream.ended;
  expect(records().flat()).toHaveLength(2000);
  expect(ssc.run?.planner.holdings().batches).toBeLessThan(5);
  await ssc.stop();
});
