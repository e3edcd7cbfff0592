import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { HARNESS_VERSION } from '../src/report/versions.ts';

const SPOILING = fileURLToPath(new URL('./fixtures/spoiling.bench.ts', import.meta.url));
let directory: string;
let said: string;
let shown: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-run-'));
  said = '';
  shown = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    shown += text;
    return true;
  });
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

it('measures nothing where results cannot be written to', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  expect(await main([SPOILING, '--dir', file])).toBe(2);
  expect(said).toMatch(/^millrace-bench: the result latest cannot be written to .*file, and nothing was measured/);
  expect(shown).toBe('');
});

it.skipIf(!existsSync('/proc'))('ends where a folder takes no others', async () => {
  expect(await main([SPOILING, '--dir', '/proc/millrace'])).toBe(2);
  expect(said).toContain('cannot be written to /proc/millrace, and nothing was measured: ENOENT');
});

it('shows what was measured where it cannot be written any more, and says so', async () => {
  const dir = join(directory, 'results');
  vi.stubEnv('SPOILED', dir);
  expect(await main([SPOILING, '--dir', dir])).toBe(1);
  expect(shown).toContain('Spoiling [spoiling]');
  expect(said).toMatch(/^The result so far is not written: /m);
  expect(said).toMatch(/^The result is not written: /m);
}, 60_000);

it('says which file is no bench and why', async () => {
  const broken = join(directory, 'broken.bench.mjs');
  writeFileSync(broken, 'export default {\n  title: oops oops\n};');
  const lacking = join(directory, 'lacking.bench.mjs');
  writeFileSync(lacking, "import './nowhere.mjs';");
  for (const [file, why] of [
    [fileURLToPath(new URL('../package.json', import.meta.url)), 'package.json is no bench: it takes a module'],
    [broken, 'broken.bench.mjs cannot be imported: '],
    [lacking, 'nowhere.mjs'],
  ] as const) {
    said = '';
    expect(await main([file, '--list'])).toBe(2);
    expect(said).toContain(why);
  }
});

it('prints its version', async () => {
  expect(await main(['--version'])).toBe(0);
  expect(shown).toBe(`${HARNESS_VERSION}\n`);
});

it('says that the least runs took longer than the budget', async () => {
  expect(await main([SPOILING, '--dir', directory, '--budget', '1ms'])).toBe(0);
  expect(said).toMatch(/^The budget of 0.001 s was over before the least runs were: all took \d+ s\./m);
  said = '';
  expect(await main([SPOILING, '--dir', directory, '--budget', '1h'])).toBe(0);
  expect(said).not.toContain('budget');
}, 60_000);

it('lets go of its files', async () => {
  for (let run = 0; run < 2; run++) expect(await main([SPOILING, '--dir', directory])).toBe(0);
  expect(existsSync(join(directory, 'latest.lock'))).toBe(false);
  expect(existsSync(join(directory, 'latest.json'))).toBe(true);
}, 60_000);
