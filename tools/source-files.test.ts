import { expect, test } from 'vitest';
import { parseSource } from './source-files.ts';

const imports = (text: string): string[] =>
  parseSource('x.ts', text).imports.map(
    (i) => `${i.line} ${i.typeOnly ? 'type ' : ''}${i.dynamic ? 'dynamic ' : ''}${i.specifier}`,
  );

test('finds every form of import and of re-export', () => {
  expect(
    imports(`import './side.ts';
import one from "./one.ts";
import two, { type Three } from './two.ts';
import * as all from './all.ts';
import type { Four } from './four.ts';
import {
  five,
} from './five.ts'; import six from './six.ts'
export * from './seven.ts';
export * as eight from './eight.ts';
export { nine } from './nine.ts';
export type { Ten } from './ten.ts';
const load = await import('./load.ts');
type Loaded = typeof import('./loaded.ts');`),
  ).toEqual([
    '1 ./side.ts',
    '2 ./one.ts',
    '3 ./two.ts',
    '4 ./all.ts',
    '5 type ./four.ts',
    '6 ./five.ts',
    '8 ./six.ts',
    '9 ./seven.ts',
    '10 ./eight.ts',
    '11 ./nine.ts',
    '12 type ./ten.ts',
    '13 dynamic ./load.ts',
    '14 type dynamic ./loaded.ts',
  ]);
});

test('does not take comments, strings, templates and regular expressions for code', () => {
  const text = [
    "// import './a.ts';",
    "/* import './b.ts';",
    '*/ const s = "import \'./c.ts\'";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program
    "const t = `import './d.ts' ${f({ a: `setTimeout ${Date.now()}` })} import './e.ts'`;",
    "const r = /['\"`/]\\/* /; import './f.ts';",
    'const half = total / 2; const url = "http://x"; // Date.now()',
  ].join('\n');
  const file = parseSource('x.ts', text);
  expect(file.imports.map((i) => i.specifier)).toEqual(['./f.ts']);
  expect(file.code).toContain('Date.now()');
  expect(file.code.match(/Date\.now/g)).toHaveLength(1);
  expect(file.code).not.toContain('setTimeout');
  expect(file.code.split('\n')).toHaveLength(6);
});
