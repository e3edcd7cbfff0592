#!/usr/bin/env node
// Compares the quick suites of this tree with those of the commit that it came from: `npm run bench:base -- [branch] [options of compare]`.
import '../tools/require-node.mjs';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = fileURLToPath(new URL('./results', import.meta.url));
const [first = '', ...rest] = process.argv.slice(2);
const [branch, options] = first.startsWith('-') || first === '' ? ['main', process.argv.slice(2)] : [first, rest];

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
/** Runs a program. @throws Error where it fails */
function run(file, args, cwd) {
  const { status, error } = spawnSync(file, args, { cwd, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${status}`);
}

let base = git('merge-base', 'HEAD', branch);
// On the branch itself, without a change: the commit before it.
if (base === git('rev-parse', 'HEAD') && git('status', '--porcelain', '--untracked-files=no') === '')
  base = git('rev-parse', 'HEAD~1');
const before = join(results, `base-${base.slice(0, 12)}.json`);
if (!existsSync(before)) {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-base-'));
  const tree = join(scratch, 'tree');
  try {
    git('worktree', 'add', '--detach', tree, base);
    run('npm', ['ci', '--no-audit', '--no-fund'], tree);
    run(execPath, ['bench/run.mjs', 'suite', 'quick', '--out', 'base'], tree);
    copyFileSync(join(tree, 'bench/results/base.json'), before);
  } finally {
    git('worktree', 'remove', '--force', tree);
    rmSync(scratch, { recursive: true, force: true });
  }
}
run(execPath, ['bench/run.mjs', 'suite', 'quick'], root);
const compare = ['bench/run.mjs', 'compare', before, join(results, 'latest.json'), ...options];
process.exitCode = spawnSync(execPath, compare, { cwd: root, stdio: 'inherit' }).status ?? 1;
