import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));

/** Streams with memory say that it is lost with the process; nothing else may be on standard error. */
const NO_CHECKPOINT = /^millrace: State is kept in memory only: .*\n$/;
/** Starting a process and its workers takes a second; a program that does not end is what this is for. */
const TIMEOUT_MS = 60_000;

/** Waits for somebody who types, and never ends by itself: `test/integration/network-word-count.test.ts` runs it. */
const NEEDS_NETCAT = 'network-word-count/main.ts';

const examples = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('main.ts') && !path.includes('node_modules') && path !== NEEDS_NETCAT)
  .sort();

describe.each(examples)('%s', (path) => {
  const source = readFileSync(`${here}/${path}`, 'utf8');

  test('is short, and says how it is run and what it prints', () => {
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(commands(source)[0]).toBe(`node --conditions=@millrace/source examples/${path}`);
    expect(expectedOutput(source)).not.toBe('');
  });

  test.each(commands(source))('%s prints just that', { timeout: TIMEOUT_MS }, async (command) => {
    const { stdout, stderr } = await run(process.execPath, command.split(' ').slice(1), { cwd: root });
    expect(stdout).toBe(expectedOutput(source));
    expect(stderr.replace(NO_CHECKPOINT, '')).toBe('');
  });
});

/** The lines of the comment on top of an example, without its asterisks. */
function comment(source: string): string[] {
  const end = source.indexOf('\n */');
  return source.startsWith('/*\n') && end > 0
    ? source
        .slice(3, end)
        .split('\n')
        .map((line) => line.replace(/^ \* ?/, ''))
    : [];
}

/** The indented lines that begin with `node`. */
function commands(source: string): string[] {
  return comment(source)
    .filter((line) => line.startsWith('    node '))
    .map((line) => line.trim());
}

/** What stands below `Output:`, indented by four. */
function expectedOutput(source: string): string {
  const lines = comment(source);
  const at = lines.indexOf('Output:');
  return at < 0
    ? ''
    : lines
        .slice(at + 1)
        .map((line) => `${line.slice(4)}\n`)
        .join('');
}
