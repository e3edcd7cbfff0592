import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesBlock, StreamingContext, seconds } from '@millrace/core';
import { inlineBackend } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EntryFiles } from './entry-files.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-entries-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('gives each time its entry again, also in another process, counted from the first time that was ever asked for', () => {
  const files = new EntryFiles(dir, 100);
  files.write(0, ['a', { b: 1n }]);
  files.write(1, { blocks: [linesBlock('c\nd')] });
  expect(files.zero).toBeNull();
  expect(files.at(5000)).toEqual(['a', { b: 1n }]);
  const restarted = new EntryFiles(dir, 100);
  expect(restarted.zero).toBe(5000);
  const again = restarted.at(5100) as { readonly blocks: readonly { readonly bytes: Uint8Array }[] };
  expect(Buffer.from(again.blocks[0]!.bytes).toString()).toBe('c\nd');
  expect(restarted.at(5000)).toEqual(['a', { b: 1n }]);
});

it('has empty entries behind the last', () => {
  const files = new EntryFiles(dir, 100);
  files.write(0, ['a']);
  expect([files.at(100), files.at(200)]).toEqual([['a'], []]);
});

it('refuses an RDD, which no other process could read', async () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1));
  expect(() => new EntryFiles(dir, 100).write(0, ssc.parallelize([1]))).toThrow('an RDD cannot be read again');
  await ssc.stop();
});
