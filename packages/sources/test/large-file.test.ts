import { spawn } from 'node:child_process';
import { createWriteStream, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { expect, test } from 'vitest';
import { Spool } from './spool.ts';

/** What the program needs for one piece, and some more; all lines at once would need three times as much. */
const HEAP_MB = 48;
const LINES = 2_000_000;

function* text(): Generator<string> {
  for (let i = 0; i < LINES; i += 10_000)
    yield Array.from({ length: 10_000 }, (_, k) => `line number ${i + k}\n`).join('');
}

test.each(['a.gz', 'a.zst', 'a.txt'])(
  '%s of 38 MB of text is read with a heap of 48 MB',
  { timeout: 120_000 },
  async (name) => {
    using spool = new Spool();
    const to = createWriteStream(join(spool.path, `.${name}`));
    const source = Readable.from(text());
    if (name.endsWith('.gz')) await pipeline(source, createGzip({ level: 1 }), to);
    else if (name.endsWith('.zst')) await pipeline(source, createZstdCompress(), to);
    else await pipeline(source, to);
    renameSync(join(spool.path, `.${name}`), join(spool.path, name));
    let length = 0;
    for (let i = 0; i < LINES; i++) length += 12 + String(i).length;
    expect(await run(spool.path)).toEqual({ printed: `${LINES} ${length}\n`, code: 0 });
  },
);

function run(directory: string): Promise<{ printed: string; code: number | null }> {
  const program = new URL('./jobs/large-file.ts', import.meta.url).pathname;
  const flags = ['--conditions=@millrace/source', `--max-old-space-size=${HEAP_MB}`];
  const child = spawn(process.execPath, [...flags, program, directory], { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    printed += more;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ printed, code }));
  });
}
