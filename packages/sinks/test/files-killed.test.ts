import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./jobs/save-again.ts', import.meta.url));

test('whenever a process is killed, a directory with _SUCCESS holds exactly one whole batch', async () => {
  const work = mkdtempSync(join(tmpdir(), 'millrace-killed-'));
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));
  const seen = { complete: 0, incomplete: 0 };
  try {
    for (let round = 0; round < 12; round++) {
      const directory = join(work, 'batch');
      const child = spawn(process.execPath, ['--conditions=@millrace/source', SCRIPT, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await sleep((seed * (round + 7)) % 23);
      child.kill('SIGKILL');
      await once(child, 'close');
      if (!existsSync(join(directory, '_SUCCESS'))) {
        seen.incomplete += 1;
        continue;
      }
      seen.complete += 1;
      const parts = readdirSync(directory).filter((name) => name.startsWith('part-'));
      const lines = parts.flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'));
      const generation = Number(lines[0]?.split(' ')[1]);
      expect(new Set(lines).size, `one generation; SEED=${seed}, round ${round}`).toBe(1);
      expect(parts.length, `all parts; SEED=${seed}, round ${round}`).toBe((generation % 3) + 1);
      expect(lines.length, `all lines; SEED=${seed}, round ${round}`).toBe(20_000 * parts.length);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  expect(seen.incomplete, `killed in the middle at least once; SEED=${seed}`).toBeGreaterThan(0);
});
