import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { inspectCommand } from './commands/inspect.ts';
import { newCommand } from './commands/new.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommand } from './commands/run.ts';
import type { ExitCode } from './exit-code.ts';

/** The version of this package, which is that of all Millrace packages. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version;

/** The command with its subcommands, one file each in ./commands. @param ended is told the exit code of the subcommand */
export function makeProgram(ended: (code: ExitCode) => void): Command {
  // Inherited by subcommands that are made by `command()` after it.
  const program = new Command('millrace')
    .description('Runs, inspects, mends and makes jobs of Millrace: micro-batch stream processing for Node.js.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for all options)');
  runCommand(program.command('run'), ended);
  inspectCommand(program.command('inspect'), ended);
  replayCommand(program.command('replay'), ended);
  newCommand(program.command('new'), VERSION);
  return program;
}
