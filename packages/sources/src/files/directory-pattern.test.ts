import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { DirectoryPattern } from './directory-pattern.ts';

const base = mkdtempSync(join(tmpdir(), 'millrace-pattern-'));
afterAll(() => rmSync(base, { recursive: true }));
for (const name of ['a', 'ab', 'b', '.c', 'a/x', 'b/x', 'b/y', 'x*y', 'x[1]', 'ö #%', 'line\nbreak', 'A'])
  mkdirSync(join(base, name));
writeFileSync(join(base, 'file'), '');
symlinkSync(join(base, 'b'), join(base, 'link'));
symlinkSync(join(base, 'file'), join(base, 'link-to-file'));

const found = async (pattern: string | URL) =>
  (await new DirectoryPattern('d', pattern).directories()).map((path) => relative(base, path));
const below = (pattern: string) => found(`${base}/${pattern}`);

test.each([
  ['a', ['a']],
  ['a/', ['a']],
  ['./b//x/../y', ['b/y']],
  ['file', []],
  ['missing', []],
  ['missing/*', []],
  ['file/*', []],
  ['a*', ['a', 'ab']],
  ['?', ['A', 'a', 'b']],
  ['*/x', ['a/x', 'b/x', 'link/x']],
  ['*/*', ['a/x', 'b/x', 'b/y', 'link/x', 'link/y']],
  ['.*', ['.c']],
  ['[ab]', ['a', 'b']],
  ['[a-b]*', ['a', 'ab', 'b']],
  ['[^a]', ['A', 'b']],
  ['[!a]', ['A', 'b']],
  ['{a,b}', ['a', 'b']],
  ['{a,b/x}', ['a', 'b/x']],
  ['{a{,b},link}', ['a', 'ab', 'link']],
  ['{a,a*}', ['a', 'ab']],
  ['x\\*y', ['x*y']],
  ['x\\[1\\]', ['x[1]']],
  ['x*', ['x*y', 'x[1]']],
  ['ö #%', ['ö #%']],
  ['line*', ['line\nbreak']],
  ['l?n?', ['link']],
  ['**', ['.c', 'A', 'a', 'ab', 'b', 'line\nbreak', 'link', 'x*y', 'x[1]', 'ö #%']],
])('%s', async (pattern, expected) => {
  expect(await below(pattern)).toEqual(expected);
});

test('a file: URL means itself', async () => {
  expect(await found(pathToFileURL(join(base, 'x*y')))).toEqual(['x*y']);
  expect(await found(pathToFileURL(join(base, 'x[1]') + '/'))).toEqual(['x[1]']);
  expect(await found(pathToFileURL(join(base, 'a*')))).toEqual([]);
});

test('relative paths are taken from the working directory', async () => {
  const here = relative(process.cwd(), base);
  expect(await found(`${here}/a*`)).toEqual(['a', 'ab']);
  expect(await found(join(here, 'a'))).toEqual(['a']);
});

test('whether it is one directory', () => {
  const literal = (path: string) => new DirectoryPattern('d', path).isLiteral;
  expect(['/a/b', '/a\\*', '/a*', '/{a,b}', '/[a]'].map(literal)).toEqual([true, true, false, false, false]);
});

test('patterns that are not complete are refused, and what is no path', () => {
  const refused = (path: unknown) => () => new DirectoryPattern('fileStream: directory', path as string);
  expect(refused('/a/{b,c')).toThrow(
    'fileStream: directory is "/a/{b,c"; it is no pattern of directories: a { is not closed',
  );
  expect(refused('/a/[b')).toThrow('a [ is not closed');
  expect(refused('/a/[b-a]')).toThrow('brackets that mean nothing');
  expect(refused('')).toThrow('must be a path or a file: URL');
  expect(refused(5)).toThrow('must be a path or a file: URL');
  expect(refused(new URL('http://x/y'))).toThrow('must be a path or a file: URL');
});
