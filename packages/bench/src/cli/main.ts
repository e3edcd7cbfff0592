import { CommanderError } from 'commander';
import { makeProgram } from './program.ts';

/**
 * Runs the `millrace-bench` command: results go to standard output, progress and complaints to standard error.
 *
 * @param args what follows `millrace-bench` on the command line
 * @returns the exit code: 0; 1 where a suite failed, a result could not be written at the end or `--fail-if-slower` says so; 2 for a wrong command line, or where results cannot be written to at all; 130 after Ctrl-C
 * @example
 * ```ts
 * const code = await main(['--help']);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = makeProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (e) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : 2;
    process.stderr.write(`millrace-bench: ${e instanceof Error ? e.message : String(e)}\n`);
    return 2;
  }
  return code;
}
