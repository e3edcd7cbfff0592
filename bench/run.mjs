#!/usr/bin/env node
// Starts src/main.ts with the flags it needs; any Node that can start this file can say what is missing.
import '../tools/require-node.mjs';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const condition = '--conditions=@millrace/source';
const main = new URL('./src/main.ts', import.meta.url);

if (process.execArgv.includes(condition) && typeof globalThis.gc === 'function') {
  import(main.href);
} else {
  const flags = [...process.execArgv, condition, '--expose-gc'];
  const child = spawn(process.execPath, [...flags, fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`The bench did not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeListener(each, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}
