import { expect, test } from 'vitest';
import { lineOf, parseSource, type SourceFile, sourceFiles } from './source-files.ts';

/** Only these files of core may read the time of the machine or wait for it; all others ask the clock they are given. */
const mayReadTheClock = [/^packages\/core\/src\/schedule\/clock[^/]*\.ts$/, /\.test\.ts$/];

const forbidden = [
  /(?<![.\w$])(?:globalThis\s*\.\s*)?(?:setTimeout|setInterval|setImmediate)\b/g,
  /\bDate\s*\.\s*now\b/g,
  /\bnew\s+Date\s*\(\s*\)/g,
  /\bperformance\s*\.\s*now\b/g,
  /\bprocess\s*\.\s*(?:hrtime|uptime)\b/g,
];

test('core reads no clock but its own', () => {
  const files = sourceFiles('packages/core/src').filter(
    (file) => !mayReadTheClock.some((rule) => rule.test(file.path)),
  );
  expect(files.flatMap(uses)).toEqual([]);
});

test('the rule finds what it forbids', () => {
  const found = (text: string): number => uses(parseSource('x.ts', text)).length;
  expect(found('const t = Date.now();')).toBe(1);
  expect(found('const t = new Date();')).toBe(1);
  expect(found('globalThis.setTimeout(f, 1); setImmediate(g);')).toBe(2);
  expect(found("import { setTimeout as sleep } from 'node:timers/promises';")).toBe(1);
  expect(found(`const t = \`\${performance.now()} ms\`;`)).toBe(1);
  expect(found('clock.setTimeout(f); new Date(0); "Date.now()"; // setTimeout')).toBe(0);
});

function uses(file: SourceFile): string[] {
  return forbidden.flatMap((rule) =>
    [...file.code.matchAll(rule)].map((match) => `${file.path}:${lineOf(file.code, match.index)} ${match[0]}`),
  );
}
