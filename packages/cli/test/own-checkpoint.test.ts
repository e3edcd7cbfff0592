import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { job, killAll, millrace } from './millrace.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-own-'));
});
afterEach(() => {
  killAll();
  rmSync(dir, { recursive: true, force: true });
});

test('a checkpoint of the job and one of the command line are the same one, or an error', async () => {
  const [a, b] = [join(dir, 'a'), join(dir, 'b')];
  const run = (place: string) =>
    millrace('run', job('own-checkpoint'), '--param', `place=${b}`, '--max-batches', '2', '--checkpoint', place);
  const another = await run(a);
  expect(another.code).toBe(1);
  expect(another.stderr).toContain('[MR_CHECKPOINT_TWICE]');
  expect([existsSync(a), existsSync(b)]).toEqual([false, false]);
  const same = await run(b);
  expect(same.code, same.stderr).toBe(0);
  expect(existsSync(join(b, 'store'))).toBe(true);
});
