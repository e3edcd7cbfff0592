import { type CheckpointReport, inspectCheckpoint, isMillraceError } from '@millrace/core';
import { error } from '@millrace/core/connector';
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { plainValue } from '../inspect/plain-value.ts';
import { reportText } from '../inspect/report-text.ts';
import { errorText } from '../log/error-text.ts';
import { parseCountOrZero } from '../parse/count.ts';

/** Options as commander gives them. */
interface Given {
  readonly json?: true;
  readonly keys: number;
  readonly logDir?: string;
  readonly verbose?: true;
}

const MORE = `
It writes nothing, takes no lock, and works while the job runs in another process, and on a copy of the directory. Times are
UTC. Batches are those that are remembered for windows and restarts, not all that there were.

Exit codes: 0 it could be read, 1 it is damaged, of a newer version, or cannot be read, 2 wrong command line, or no
checkpoint.

Examples:
  millrace inspect /var/lib/word-count
  millrace inspect /var/lib/word-count --json | jq '.states[] | {name, keys, bytes}'`;

/** Adds options and action of `millrace inspect`. */
export function inspectCommand(command: Command, ended: (code: ExitCode) => void): void {
  command
    .description('Shows what is in a checkpoint directory: batches, inputs, state, accumulators, the write-ahead log.')
    .argument('<dir>', 'directory that `millrace run --checkpoint` or `ssc.checkpoint()` got')
    .option('--json', 'prints one JSON document')
    .option('--keys <n>', 'how many keys of the state of each operator to show', parseCountOrZero, 3)
    .option('--log-dir <dir>', 'where the write-ahead log is, if the job has it elsewhere (default: <dir>/log)')
    .option('--verbose', 'shows the stacks of errors')
    .addHelpText('after', MORE)
    .action(async (dir: string, { json, keys, logDir, verbose }: Given) => {
      const complain = (e: unknown) =>
        void process.stderr.write(`millrace: ${errorText(e, { stacks: verbose ?? false })}\n`);
      let report: CheckpointReport;
      try {
        report = await inspectCheckpoint(dir, { sampleKeys: keys, ...(logDir === undefined ? {} : { logDir }) });
      } catch (e) {
        complain(e);
        const wrong = isMillraceError(e) && (e.code === 'MR_NOT_A_CHECKPOINT' || e.code === 'MR_OPTION');
        ended(wrong ? ExitCode.usage : ExitCode.failed);
        return;
      }
      process.stdout.write(json === true ? `${JSON.stringify(plainValue(report), null, 2)}\n` : reportText(report));
      // What else is there is of use to who has to mend it.
      const damaged = report.log?.damaged ?? [];
      for (const damage of damaged) complain(error('MR_LOG_DAMAGED', damage));
      if (damaged.length > 0) ended(ExitCode.failed);
    });
}
