#!/usr/bin/env node
// Plain JavaScript that any Node parses, so that an old one can be told what is missing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    'millrace-bench needs Node ' +
      NEEDED +
      ' or newer and this is Node ' +
      process.versions.node +
      ': start it with a newer Node.\n',
  );
  process.exit(1);
}

const source = '--conditions=@millrace/source';
// The source of this package where the condition is set, else what was built of it.
const entry = import.meta.resolve('@millrace/bench/cli');
if (existsSync(fileURLToPath(entry))) {
  const { main } = await import(entry);
  process.exit(await main(process.argv.slice(2)));
} else {
  // The repository before a build: the same command, from the source.
  begin([...process.execArgv, source, fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}

/** Goes on as another Node, so that a signal reaches one process and once; where that is impossible, as its parent. */
function begin(args) {
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    // That execve is experimental is not the user's concern.
    process.removeAllListeners('warning');
    process.execve(process.execPath, [process.execPath, ...args], process.env);
  }
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // A console sends Ctrl-C to both; the child deals with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}
