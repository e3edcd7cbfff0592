import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { fileLines } from './input.ts';

function withFile(text: string, work: (file: URL) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-input-'));
  try {
    writeFileSync(join(dir, 'lines.txt'), text);
    work(pathToFileURL(join(dir, 'lines.txt')));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const textOf = (entry: unknown): string[] => {
  const { blocks } = entry as { readonly blocks: readonly { readonly bytes: Uint8Array }[] };
  return blocks.map(({ bytes }) => Buffer.from(bytes).toString());
};

const countsOf = (entry: unknown): number[] =>
  (entry as { readonly blocks: readonly { readonly count: number }[] }).blocks.map(({ count }) => count);

it('gives the lines of a file, and after the last one the first again', () => {
  withFile('a\nb\r\n\nd\n', (file) => {
    const input = fileLines(file);
    expect(input.records(1, 7)).toEqual(['b', '', 'd', 'a', 'b', '']);
    expect(textOf(input.entry(2, 6))).toEqual(['\nd\n', 'a\nb\n']);
    expect(countsOf(input.entry(1, 3))).toEqual([1, 1]);
  });
});

it('says what is wrong when lines are asked for, not before', () => {
  withFile('', (file) => {
    expect(() => fileLines(file).records(0, 1)).toThrow('lines.txt is empty');
  });
  expect(() => fileLines(new URL('file:///none/such.txt')).records(0, 1)).toThrow('ENOENT');
});
