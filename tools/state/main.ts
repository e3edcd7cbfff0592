import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BatchReport, Setting } from './process.ts';

/*
 * `npm run test:state`: keyed state that is larger than the heap. A process with a small heap fills it, then changes keys at
 * random, is stopped and started again. All that batches give is checked. Exit code 1 if anything is wrong.
 */
const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '20000000' },
    heap: { type: 'string', default: '512' },
    touched: { type: 'string', default: '10000' },
    backend: { type: 'string', default: 'single' },
    dir: { type: 'string', default: tmpdir() },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    memory: { type: 'boolean', default: false },
  },
});
const [keys, heapMb, touched, seed] = [values.keys, values.heap, values.touched, values.seed].map(Number);
if (![keys, heapMb, touched].every((n) => n >= 1) || !['single', 'threads'].includes(values.backend)) {
  console.error(
    'usage: npm run test:state -- [--keys 20000000] [--heap 512, in MB] [--touched 10000] [--backend single|threads] [--dir DIR] [--seed S] [--memory: the state is not in the store]',
  );
  process.exit(2);
}

const RANDOM_BATCHES = 20;
const AFTER_RESTART = 10;
/** What a batch and the cache hold has to be little beside all keys: it is not what the heap is too small for. */
const fill = Math.min(50_000, Math.ceil(keys / 25));
const cacheKeys = Math.min(50_000, Math.ceil(keys / 50));
const fills = Math.ceil(keys / fill);
const dir = mkdtempSync(join(values.dir, 'millrace-state-'));
const setting: Omit<Setting, 'from' | 'to'> = {
  dir,
  backend: values.backend as Setting['backend'],
  params: { keys, fill, touched, seed, numPartitions: 2, stored: !values.memory, cacheKeys },
};
console.log(
  `${keys.toLocaleString('en-US')} keys on ${values.backend}, state in ${values.memory ? 'memory' : 'the store'}, heap of ${heapMb} MB, seed ${seed}\n`,
);
console.log('|           batch | keys a batch |     ms | RSS MB | anonymous MB | heap MB |');
console.log('|----------------:|-------------:|-------:|-------:|-------------:|--------:|');
let code = 1;
try {
  code = await main();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(code);

async function main(): Promise<number> {
  const last = fills + RANDOM_BATCHES - 1;
  const before = await run(0, last);
  if (before === null) return 1;
  const filling = before.slice(0, fills);
  const random = before.slice(fills);
  console.log(`\nfilled at ${((1000 * keys) / sum(filling.map((r) => r.ms))).toFixed(0)} keys/s`);
  const { size } = statSync(join(dir, 'store', 'data.mdb'), { throwIfNoEntry: false }) ?? { size: 0 };
  console.log(`the store takes ${(size / 2 ** 20).toFixed(0)} MB`);
  const after = await run(last + 1, last + AFTER_RESTART);
  if (after === null) return 1;
  const all = [...before, ...after];
  console.log(
    `\na batch of ${touched.toLocaleString('en-US')} random keys: ${median(random.map((r) => r.ms)).toFixed(0)} ms`,
  );
  console.log(`a restart, with its first batch: ${after[0].ms.toFixed(0)} ms`);
  console.log(`RSS at most ${max(all, 'rssMb')} MB, of it anonymous at most ${max(all, 'anonymousMb')} MB`);
  console.log('all that batches gave was right');
  return 0;
}

/** Runs batches in a process of its own; null if it dies. */
function run(from: number, to: number): Promise<BatchReport[] | null> {
  const child = fork(new URL('./process.ts', import.meta.url), [JSON.stringify({ ...setting, from, to })], {
    execArgv: ['--conditions=@millrace/source', `--max-old-space-size=${heapMb}`],
  });
  const reports: BatchReport[] = [];
  const step = Math.max(1, Math.floor(fills / 10));
  child.on('message', (report: BatchReport) => {
    reports.push(report);
    const { batch } = report;
    const isShown = batch >= fills ? (batch - fills) % 5 === 0 || batch === from : (batch + 1) % step === 0;
    if (isShown) row(report);
  });
  return new Promise((resolve) => {
    child.on('exit', (exit, signal) => {
      const isComplete = exit === 0 && reports.length === to - from + 1;
      if (!isComplete) console.error(`the process ended with ${exit ?? signal} after ${reports.length} batches`);
      resolve(isComplete ? reports : null);
    });
  });
}

function row({ batch, ms, rssMb, anonymousMb, heapMb }: BatchReport): void {
  const cells = [
    [String(batch + 1), 15],
    [(batch < fills ? fill : touched).toLocaleString('en-US'), 12],
    [ms.toFixed(0), 6],
    [rssMb.toFixed(0), 6],
    [anonymousMb.toFixed(0), 12],
    [heapMb.toFixed(0), 7],
  ] as const;
  console.log(`| ${cells.map(([text, width]) => text.padStart(width)).join(' | ')} |`);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function max(reports: readonly BatchReport[], figure: 'rssMb' | 'anonymousMb'): string {
  return Math.max(...reports.map((r) => r[figure])).toFixed(0);
}
