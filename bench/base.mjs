#!/usr/bin/env node
// Compares the quick suites of this tree with those of the commit that it came from: `npm run bench:base -- [branch] [options of compare]`.
import '../tools/require-node.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = fileURLToPath(new URL('./results', import.meta.url));
const args = process.argv.slice(2);
const named = args[0] !== undefined && !args[0].startsWith('-');
const [branch, options] = named ? [args[0], args.slice(1)] : ['main', args];

// Ctrl-C reaches what runs as well: it ends, and what was made for it is removed below.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted = true));

const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();

/** Runs a program to its end. @returns its exit code */
async function run(file, words, cwd) {
  const child = spawn(file, words, { cwd, stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  if (interrupted) throw new Error('interrupted');
  return code;
}

/** A bench that has failed suites has results as well: what is gone shows in the table. */
async function bench(tree, name) {
  const options = ['--processes', '3', '--dir', results, '--out', name];
  // The base may be older than an option.
  const code = await run(execPath, ['bench/run.mjs', 'suite', 'quick', ...options], tree);
  if (code === 2) await run(execPath, ['bench/run.mjs', 'suite', 'quick', ...options.slice(2)], tree);
}

/** The commit that this tree came from; on the branch itself, without a change, the one before it. */
function baseOf(other) {
  const base = git('merge-base', 'HEAD', other);
  const unchanged = base === git('rev-parse', 'HEAD') && git('status', '--porcelain', '--untracked-files=no') === '';
  return unchanged ? git('rev-parse', 'HEAD~1') : base;
}

async function compare() {
  const base = baseOf(branch);
  mkdirSync(results, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-base-'));
  const tree = join(scratch, 'tree');
  git('worktree', 'add', '--detach', tree, base);
  try {
    if ((await run('npm', ['ci', '--no-audit', '--no-fund'], tree)) !== 0) throw new Error(`npm ci failed for ${base}`);
    await bench(tree, 'base');
    await bench(root, 'head');
  } finally {
    git('worktree', 'remove', '--force', tree);
    rmSync(scratch, { recursive: true, force: true });
  }
  const [before, after] = ['base', 'head'].map((name) => join(results, `${name}.json`));
  return run(execPath, ['bench/run.mjs', 'compare', before, after, ...options], root);
}

try {
  process.exitCode = await compare();
} catch (e) {
  process.stderr.write(`bench:base: ${e instanceof Error ? e.message : e}\n`);
  process.exitCode = 1;
}
