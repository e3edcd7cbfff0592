import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dataErrors } from '../packages/core/src/errors/catalog/data.ts';
import { kafkaErrors } from '../packages/core/src/errors/catalog/kafka.ts';
import { logErrors } from '../packages/core/src/errors/catalog/log.ts';
import { planErrors } from '../packages/core/src/errors/catalog/plan.ts';
import { recoveryErrors } from '../packages/core/src/errors/catalog/recovery.ts';
import { runErrors } from '../packages/core/src/errors/catalog/run.ts';
import { stateErrors } from '../packages/core/src/errors/catalog/state.ts';
import { catalog } from '../packages/core/src/errors/catalog.ts';
import type { Entry } from '../packages/core/src/errors/entry.ts';
import { pages } from './docs-examples.ts';

/*
 * The catalogue of errors, the page that lists it and the code that raises it stay together. Write the page again with
 * `npx vitest run tools/docs-errors.test.ts -u`.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}/docs/errors.md`;
const marker = '<!-- From here on the page is generated. -->\n';
const areas: readonly (readonly [title: string, entries: Record<string, Entry>])[] = [
  ['Writing a program', planErrors],
  ['Running it', runErrors],
  ['State and windows', stateErrors],
  ['Checkpoints and recovery', recoveryErrors],
  ['The log of received data', logErrors],
  ['Records, keys and codecs', dataErrors],
  ['Kafka', kafkaErrors],
];

test('docs/errors.md lists every code', async () => {
  const text = readFileSync(page, 'utf8');
  expect(text).toContain(marker);
  const introduction = text.slice(0, text.indexOf(marker) + marker.length);
  await expect(introduction + generated()).toMatchFileSnapshot(page);
});

test('the page names whatever a message says', () => {
  const nameless = areas.flatMap(([, entries]) =>
    Object.entries(entries).filter(
      ([, { message }]) => /undefined|\[object /.test(template(message)) && !String(message).includes('undefined'),
    ),
  );
  expect(nameless.map(([code]) => code)).toEqual([]);
});

test('the areas are the whole catalogue', () => {
  const listed = areas.flatMap(([, entries]) => Object.keys(entries));
  expect(listed.sort()).toEqual(Object.keys(catalog).sort());
});

test('every code is raised somewhere', () => {
  const raised = new Set(
    sources().flatMap(({ text }) => Array.from(text.matchAll(/\berror\(\s*'(MR_\w+)'/g), ([, code]) => code)),
  );
  expect(Object.keys(catalog).filter((code) => !raised.has(code))).toEqual([]);
});

test('every code that is written anywhere is in the catalogue', () => {
  const texts = [...sources(), ...pages().map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))];
  const unknown = texts.flatMap(({ path, text }) =>
    (text.match(/\bMR_[A-Z_]*[A-Z]/g) ?? []).filter((code) => !(code in catalog)).map((code) => `${path} ${code}`),
  );
  expect(unknown).toEqual([]);
});

/** The list of codes. What a message is given shows in italics. */
function generated(): string {
  return areas.map(([title, entries]) => `\n## ${title}\n${Object.entries(entries).map(section).join('')}`).join('');
}

function section([code, { message, help, spark }]: readonly [string, Entry]): string {
  return `\n### ${code}\n\n${template(message)}\n\n${help}\n${spark === undefined ? '' : `\nSpark: ${spark}\n`}`;
}

/** The sentence with the names of its parameters in the place of their values. */
function template(message: (p: never) => string): string {
  // A list of one placeholder prints as that placeholder, and has the methods that messages call on lists.
  const names = new Proxy({}, { get: (_, name) => [placeholder(String(name))] });
  return message(names as never).replace(/\["(\*\w+\*)"\]/g, '$1');
}

/** Prints as a name; what a message asks of it prints as that one's name. */
function placeholder(name: string): object {
  const text = () => `*${name}*`;
  return new Proxy(
    {},
    {
      get(_, property) {
        if (property === Symbol.toPrimitive || property === 'toJSON') return text;
        return typeof property === 'symbol' ? undefined : [placeholder(property)];
      },
    },
  );
}

/** Source files of the packages, tests and the catalogue itself left out. */
function sources(): { path: string; text: string }[] {
  return readdirSync(`${root}/packages`, { recursive: true, encoding: 'utf8' })
    .map((path) => `packages/${path.replaceAll('\\', '/')}`)
    .filter(
      (path) => /\/src\/.*\.ts$/.test(path) && !/node_modules|\/dist\/|\.test(-d)?\.ts$|errors\/catalog/.test(path),
    )
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));
}
