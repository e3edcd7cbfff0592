import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pages, root } from './docs-examples.ts';

/* What documentation points to exists: pages, headings, files. */

const texts = pages().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

test('links lead somewhere', () => {
  const broken = texts.flatMap(({ path, text }) =>
    Array.from(prose(text).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => !leads(path, link))
      .map((link) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('files that are named exist', () => {
  const missing = texts.flatMap(({ path, text }) =>
    Array.from(prose(text).matchAll(/`([\w.@-]+(?:\/[\w.@-]+)+\/?)`/g), ([, name]) => name!)
      .filter((name) => /\.(?:ts|mjs|md|json)$|\/$/.test(name) && !name.startsWith('@'))
      // In the pages of core a path may begin at its sources.
      .filter(
        (name) =>
          ![name, `packages/core/src/${name}`, join(dirname(path), name)].some((p) => existsSync(join(root, p))),
      )
      .map((name) => `${path}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('decisions are numbered without gaps and listed', () => {
  const list = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
  const numbered = pages().filter((path) => /^docs\/decisions\/\d/.test(path));
  expect(numbered.map((path) => Number(/\/(\d{4})-/.exec(path)?.[1]))).toEqual(numbered.map((_, i) => i + 1));
  for (const path of numbered) expect(list).toContain(`](${path.slice('docs/decisions/'.length)})`);
});

/** The text without its code blocks. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

function leads(from: string, link: string): boolean {
  const [file, heading] = link.split('#') as [string, string | undefined];
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(root, target))) return false;
  if (heading === undefined) return true;
  const headings = prose(readFileSync(join(root, target), 'utf8')).match(/^#+ .*$/gm) ?? [];
  return headings.some((line) => slug(line) === heading);
}

/** The anchor that a heading gets. */
function slug(line: string): string {
  return line
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
