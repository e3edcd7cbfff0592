import type { ContextOptions, Duration } from '@millrace/core';
import { isLoopback } from '@millrace/core/connector';
import { type Command, Option } from 'commander';
import type { ExitCode } from '../exit-code.ts';
import type { HealthAddress } from '../health/health-server.ts';
import { parseCount } from '../parse/count.ts';
import { parseDuration } from '../parse/duration.ts';
import { parsePort } from '../parse/port.ts';
import { NoSuchStream } from '../run/print-streams.ts';
import { runJob } from '../run/run-job.ts';
import type { RunSettings } from '../run/settings.ts';
import { addJobOptions, type GivenForJob, jobSettings, wrong } from './job-options.ts';

/** Options as commander gives them. */
interface Given extends GivenForJob {
  readonly maxBatches?: number;
  readonly gracefulTimeout?: Duration;
  readonly healthPort?: number;
  readonly healthHost?: string;
  readonly healthInsecure?: true;
  readonly onBatchFailure?: 'stop' | 'continue';
  readonly checkpoint?: string;
  readonly allow?: readonly string[];
  readonly missedBatches?: 'run' | 'skip';
  readonly onLogDamage?: 'fail' | 'skip';
  readonly print?: readonly string[];
}

const EXAMPLES = `
Values of --param and --conf that are JSON are what JSON says (9999, true, [1,2]), others are text (localhost,
00123). --text-param takes everything as text. In --conf a text such as 500ms is a duration.

The job prints to standard output, the command to standard error. Ctrl-C or SIGTERM stops in order, a second one of
either at once.

Exit codes: 0 ended well, 1 the job or a batch of it failed, 2 wrong command line, stopped at once: 130 by Ctrl-C, 143
by SIGTERM.

Examples:
  millrace run job.ts --backend threads --workers 2 --batch 500ms --param port=9999
  millrace run job.ts --print counts --max-batches 10
  millrace run job.ts --log json 2> log.jsonl`;

/** Adds options and action of `millrace run`. */
export function runCommand(command: Command, ended: (code: ExitCode) => void): void {
  addJobOptions(command)
    .description('Runs a job module: one that exports `defineJob(…)` as default.')
    .option('--max-batches <n>', 'stops after so many batches; one that has begun by then still ends', parseCount)
    .option(
      '--graceful-timeout <time>',
      'how long a stop in order may take, as 30s; then what waits is thrown away, with a warning (default: no limit)',
      parseDuration,
    )
    .option('--health-port <n>', 'answers probes on this port: /livez, /readyz, /health; 0 takes a free one', parsePort)
    .option('--health-host <host>', 'address to answer probes on (default: 127.0.0.1)')
    .option('--health-insecure', 'lets probes be answered where other machines can read them')
    .addOption(
      new Option(
        '--on-batch-failure <what>',
        'what a failed batch does (default: stop with state, continue without)',
      ).choices(['stop', 'continue']),
    )
    .option('--checkpoint <dir>', 'keeps checkpoints in a directory, and goes on from what is there (default: none)')
    .option(
      '--allow <name>',
      'what may differ from the program that wrote the checkpoint: a name that MR_CHECKPOINT_DIFFERS gives; may be repeated',
      collect,
    )
    .addOption(
      new Option(
        '--missed-batches <what>',
        'what becomes of batch times that were missed since the last run (default: run)',
      ).choices(['run', 'skip']),
    )
    .addOption(
      new Option(
        '--on-log-damage <what>',
        'whether the job starts without what is lost of a damaged log (default: fail)',
      ).choices(['fail', 'skip']),
    )
    .option('--print <stream>', 'prints each batch of a stream that the builder returns; may be repeated', collect)
    .addHelpText('after', EXAMPLES)
    .action(async (job: string, given: Given) => {
      const settings = settingsOf(command, job, given);
      try {
        ended(await runJob(settings));
      } catch (e) {
        if (e instanceof NoSuchStream) wrong(command, e.message);
        throw e;
      }
    });
}

function settingsOf(command: Command, job: string, given: Given): RunSettings {
  const { onBatchFailure, maxBatches, gracefulTimeout, print = [] } = given;
  const health = healthAddress(command, given);
  const context = {
    ...(onBatchFailure === undefined ? {} : { onBatchFailure }),
    ...checkpointOf(command, given),
  };
  return {
    ...jobSettings(command, job, given, context),
    maxBatches: maxBatches ?? null,
    ...(gracefulTimeout === undefined ? {} : { gracefulTimeout }),
    ...(health === null ? {} : { health }),
    print,
  };
}

/** Where checkpoints are, and how the job goes on from them. */
function checkpointOf(
  command: Command,
  { checkpoint, allow, missedBatches, onLogDamage }: Given,
): Pick<ContextOptions, 'checkpoint'> {
  const given = { '--allow': allow, '--missed-batches': missedBatches, '--on-log-damage': onLogDamage };
  if (checkpoint === undefined) {
    for (const [option, value] of Object.entries(given))
      if (value !== undefined) wrong(command, `${option} needs --checkpoint`);
    return {};
  }
  return {
    checkpoint: {
      store: checkpoint,
      ...(allow === undefined ? {} : { allow }),
      ...(missedBatches === undefined ? {} : { missedBatches }),
      ...(onLogDamage === undefined ? {} : { writeAheadLog: { onDamage: onLogDamage } }),
    },
  };
}

/** Where probes are answered; null without a port. */
function healthAddress(command: Command, given: Given): HealthAddress | null {
  const { healthPort, healthHost = '127.0.0.1', healthInsecure } = given;
  if (healthPort === undefined) {
    if (given.healthHost !== undefined) wrong(command, '--health-host needs --health-port');
    if (healthInsecure !== undefined) wrong(command, '--health-insecure needs --health-port');
    return null;
  }
  if (healthHost === '') wrong(command, '--health-host must be an address or a host name');
  const insecure = healthInsecure ?? false;
  if (!insecure && !isLoopback(healthHost))
    wrong(command, `--health-host ${healthHost}: other machines can read it; --health-insecure says that they may`);
  return { host: healthHost, port: healthPort, insecure };
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
