import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './docs-examples.ts';

/* A promise in docs/guarantees.md has a test that exists, by file and name. */

const text = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !/\| Test \|$/.test(line))
  .map((line) => line.split('|').at(-2)?.trim() ?? '');

test('each row names a test that is there', () => {
  expect(rows.length).toBeGreaterThan(30);
  const missing = rows.filter((cell) => {
    const [, file, name] = /^`([^`]+)`: (.+)$/.exec(cell) ?? [];
    if (file === undefined || name === undefined || !existsSync(join(root, file))) return true;
    return !readFileSync(join(root, file), 'utf8').includes(name);
  });
  expect(missing).toEqual([]);
});
