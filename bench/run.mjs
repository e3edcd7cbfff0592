#!/usr/bin/env node
// Runs the bench of this repository from its sources; any Node that can start this file can say what is missing.
import '../tools/require-node.mjs';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const args = process.argv.slice(2);
/** Where the command was given; npm and nx begin it elsewhere. */
const cwd = process.env.INIT_CWD ?? process.cwd();

/** What the command line means to `millrace-bench`. */
function own() {
  if (args[0] === 'compare' || args[0] === 'help')
    return args.map((arg) => (arg.endsWith('.json') ? resolve(cwd, arg) : arg));
  if (args[0] === 'report') {
    // The page of the results that the repository keeps.
    const kept = existsSync(path('./published'))
      ? readdirSync(path('./published')).filter((name) => name.endsWith('.json'))
      : [];
    if (kept.length === 0) {
      process.stderr.write(
        'The folder bench/published has no results: `npx nx run bench -- suite full --dir published --out full` makes one.\n',
      );
      process.exit(1);
    }
    const files = kept.sort().map((name) => path(`./published/${name}`));
    return ['report', ...files, '--out', path('../docs/benchmarks.md'), ...args.slice(1)];
  }
  return [path(peers() ? './peers/peers.bench.ts' : './millrace.bench.ts'), '--dir', path('./results'), ...args];
}

/** What other people's programs do is a package of its own, whose ids all begin with its name. */
function peers() {
  const only = args.flatMap((arg, i) =>
    args[i - 1] === '--only' ? [arg] : arg.startsWith('--only=') ? [arg.slice(7)] : [],
  );
  return (args[0] === 'suite' && args[1] === 'peers') || only.some((id) => id.startsWith('peers'));
}

const bin = ['--conditions=@millrace/source', path('../packages/bench/bin/millrace-bench.mjs')];
/** A list of all is of both: who looks for a suite need not know where it is. */
const commands =
  args.join() === '--list'
    ? ['./millrace.bench.ts', './peers/peers.bench.ts'].map((file) => [...bin, path(file), '--list'])
    : [[...bin, ...own()]];
let child = start(commands.shift());
function start(command) {
  const started = spawn(execPath, [...process.execArgv, ...command], {
    stdio: 'inherit',
    env: { ...process.env, MILLRACE_BENCH_COMMAND: 'npx nx run bench --' },
  });
  started.on('error', (error) => {
    process.stderr.write(`The bench did not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  started.on('exit', ended);
  return started;
}
function ended(code, signal) {
  if (code === 0 && commands.length > 0) {
    process.stdout.write('\n');
    child = start(commands.shift());
    return;
  }
  for (const each of signals) process.removeListener(each, forward);
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code;
}
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// Ctrl-C of a terminal reaches both, and a second one does no harm: the child ends on the first.
for (const signal of signals) process.on(signal, forward);
function forward(signal) {
  child.kill(signal);
}
