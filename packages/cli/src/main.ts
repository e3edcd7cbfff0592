import { CommanderError } from 'commander';
import { ExitCode } from './exit-code.ts';
import { errorText } from './log/error-text.ts';
import { makeProgram } from './program.ts';

/**
 * Runs the `millrace` command. What jobs print goes to standard output, everything of the command itself to standard error;
 * only `--help` and `--version` are printed to standard output.
 *
 * @param args what follows `millrace` on the command line
 * @returns the exit code; the caller is to exit with it, since a job may leave sockets and timers behind
 * @example
 * ```ts
 * const code = await main(['--version']);
 * ```
 */
export async function main(args: readonly string[]): Promise<ExitCode> {
  // Without anybody to read what is printed, or the log, a job goes on until it is told otherwise.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let code: ExitCode = ExitCode.ok;
  const program = makeProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (e) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (e instanceof CommanderError) code = e.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    else {
      process.stderr.write(`millrace: ${errorText(e, { stacks: true })}\n`);
      code = ExitCode.failed;
    }
  }
  await flushed();
  return code;
}

/** Waits until what was written has left the process; a job may have put something of its own in the place of `write`. */
async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}
