import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mobyDickLines } from './moby-dick.ts';

/** Moby Dick in a file, and where the lines of each batch lie in it. */
export interface TextFileData extends Disposable {
  readonly path: string;
  readonly records: number;
  /** For each batch the first byte of its lines and the one behind the last. */
  readonly batches: readonly { readonly from: number; readonly to: number }[];
}

/** Writes Moby Dick, repeated and cut to `batches` times `batchBytes`, to a file in a directory of its own. */
export function mobyDickFile(batches: number, batchBytes: number): TextFileData {
  const once = Buffer.from(`${mobyDickLines().join('\n')}\n`);
  const bytes = Buffer.alloc(batches * batchBytes, once);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const path = join(directory, 'moby-dick.txt');
  writeFileSync(path, bytes);
  let records = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) records += 1;
  if (bytes.at(-1) !== 10) records += 1;
  // A line belongs to the batch in whose bytes it begins.
  const begins = Array.from({ length: batches + 1 }, (_, i) => {
    if (i === 0) return 0;
    const end = bytes.indexOf(10, i * batchBytes - 1);
    return end < 0 || i === batches ? bytes.length : end + 1;
  });
  return {
    path,
    records,
    batches: begins.slice(1).map((to, i) => ({ from: begins[i]!, to })),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
