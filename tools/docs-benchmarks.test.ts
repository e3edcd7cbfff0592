import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

test('docs/benchmarks.md is what the kept results give: `npx nx run bench -- report` writes it again', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-page-'));
  try {
    const page = join(scratch, 'benchmarks.md');
    execFileSync(execPath, [join(root, 'bench/run.mjs'), 'report', '--out', page], { stdio: 'inherit' });
    expect(readFileSync(join(root, 'docs/benchmarks.md'), 'utf8')).toBe(readFileSync(page, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
