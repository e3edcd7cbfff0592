import { existsSync } from 'node:fs';
import { isMillraceError } from '@millrace/core';
import type { Command } from 'commander';
import type { ExitCode } from '../exit-code.ts';
import { replayJob } from '../run/replay-job.ts';
import { addJobOptions, type GivenForJob, jobSettings, wrong } from './job-options.ts';

/** Options as commander gives them. */
interface Given extends GivenForJob {
  readonly letters: string;
  readonly output?: readonly string[];
  readonly partial?: true;
  readonly again?: true;
}

const MORE = `
Each record enters at the operator that failed, at the time of its batch, and goes to the outputs behind that. Sources do not
start, and the job's checkpoint is not touched. Give the params that the job ran with, and what mends it. What is written
lies beside what the batch has written: files in directories that end with -replay-ID, rows of SQL sinks with the others.
The same letters replayed again are written once by sinks that write exactly once.

Records that fail again go where the job says, with deadLetterFile() to letters-TIME-replay-ID. Replay these next, not the
first ones: of the directory of all batches they are what is read. Letters that went through are left out the
next time, and those of a batch that has not completed until it has.

Refused: operators with state or windows on the way to an output, joins with other streams, and, without --partial, operators
over a whole batch. --output chooses outputs that do without.

Exit codes: 0 all went through, 1 a batch failed, records failed again, or it could not be started, 2 wrong command line,
stopped at once: 130 by Ctrl-C, 143 by SIGTERM.

Examples:
  millrace replay job.ts --letters letters/letters-1767323045500 --param strict=false
  millrace replay job.ts --letters letters --output stored`;

/** Adds options and action of `millrace replay`. */
export function replayCommand(command: Command, ended: (code: ExitCode) => void): void {
  addJobOptions(command)
    .description('Runs the dead letters of a job through it, when the cause is mended.')
    .requiredOption(
      '--letters <path>',
      'file that deadLetterFile() has written, the directory of a batch, or the directory of all batches',
    )
    .option(
      '--output <name>',
      'output to run, of those behind the operators that failed; may be repeated (default: all)',
      collect,
    )
    .option('--partial', 'lets operators over a whole batch, as reduceByKey, see the letters alone')
    .option(
      '--again',
      'replays letters as a whole that were replayed before, though they went through, or some of them failed again then',
    )
    .addHelpText('after', MORE)
    .action(async (job: string, given: Given) => {
      const { letters, output = null, partial = false, again = false } = given;
      const settings = { ...jobSettings(command, job, given), letters, outputs: output, partial, again };
      if (!existsSync(letters)) wrong(command, `there is no file or directory ${letters}`);
      try {
        ended(await replayJob(settings));
      } catch (e) {
        if (
          isMillraceError(e) &&
          (e.code === 'MR_REPLAY_OUTPUT' || e.code === 'MR_LETTERS' || e.code === 'MR_LETTERS_REPLAYED')
        )
          wrong(command, `[${e.code}] ${e.message}`);
        throw e;
      }
    });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
