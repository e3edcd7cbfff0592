import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';

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

it('lets go of its files', async () => {
  for (let run = 0; run < 2; run++) expect(await main([SPOILING, '--dir', directory])).toBe(0);
  expect(existsSync(join(directory, 'latest.lock'))).toBe(false);
  expect(existsSync(join(directory, 'latest.json'))).toBe(true);
}, 60_000);
