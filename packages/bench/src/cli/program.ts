import { Command } from 'commander';
import { HARNESS_VERSION } from '../report/versions.ts';
import { compareCommand } from './compare-command.ts';
import { reportCommand } from './report-command.ts';
import { runCommand } from './run-command.ts';

/** The `millrace-bench` command. @param ended is told the exit code */
export function makeProgram(ended: (code: number) => void): Command {
  const program = new Command('millrace-bench')
    .description('Measures jobs of Millrace: throughput, latency and cost, backend against backend.')
    .version(HARNESS_VERSION, '--version', 'prints the version of @millrace/bench')
    .exitOverride()
    .showHelpAfterError('(add --help for all options)');
  runCommand(program.command('run', { isDefault: true }), ended);
  compareCommand(program.command('compare'), ended);
  reportCommand(program.command('report'), ended);
  return program;
}
