import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Report } from '@millrace/bench';
import { expect, test } from 'vitest';
import { skewTables, withTables } from './docs-skew.ts';

/*
 * The tables of docs/skew.md are those of the result that is kept. Write them again with `npx vitest run tools/docs-skew.test.ts -u`;
 * `npm run bench:skew` measures before that.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}/docs/skew.md`;
const tables = () => skewTables(JSON.parse(readFileSync(`${root}/bench/published/skew.json`, 'utf8')) as Report);

test('docs/skew.md has the figures of the kept result', async () => {
  await expect(withTables(readFileSync(page, 'utf8'), tables())).toMatchFileSnapshot(page);
});

test('the page shows every table, and asks for none that is not there', () => {
  const asked = Array.from(readFileSync(page, 'utf8').matchAll(/<!-- table: (.+?) -->/g), ([, name]) => name!);
  expect(asked.sort()).toEqual([...tables().keys()].sort());
  expect(() => withTables('<!-- table: other -->\n<!-- end -->', tables())).toThrow('no table other');
  for (const table of tables().values()) expect(table).not.toMatch(/undefined|NaN|\| {3,}\|$/);
});
