import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { single } from '@millrace/backend-single';
import { type ContextOptions, type Duration, isMillraceError, StreamingContext, seconds } from '@millrace/core';
import { isLoopback } from '@millrace/core/connector';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ExitCode } from '../exit-code.ts';
import type { HealthAddress } from '../health/health-server.ts';
import { type Assignments, parseAssignment, parseAssignmentsFile, parseTextAssignment } from '../parse/assignments.ts';
import { parseCount } from '../parse/count.ts';
import { parseDuration, withDurations } from '../parse/duration.ts';
import { parsePort } from '../parse/port.ts';
import { NoSuchStream } from '../run/print-streams.ts';
import { runJob } from '../run/run-job.ts';
import type { RunSettings } from '../run/settings.ts';

/** Options as commander gives them. */
interface Given {
  readonly backend: 'single' | 'threads';
  readonly workers?: number;
  readonly batch?: Duration;
  readonly param?: Assignments;
  readonly textParam?: Assignments;
  readonly paramsFile?: Assignments;
  readonly name?: string;
  readonly maxBatches?: number;
  readonly gracefulTimeout?: Duration;
  readonly healthPort?: number;
  readonly healthHost?: string;
  readonly healthInsecure?: true;
  readonly defaultParallelism?: number;
  readonly onBatchFailure?: 'stop' | 'continue';
  readonly conf?: Assignments;
  readonly print?: readonly string[];
  readonly log: 'text' | 'json';
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Options of contexts and of `loadJob` that are not `--conf`'s: the option that is, or why there is none. */
const NOT_CONF: Readonly<Record<string, string>> = {
  name: 'use --name',
  defaultParallelism: 'use --default-parallelism',
  onBatchFailure: 'use --on-batch-failure',
  batchInterval: 'use --batch',
  backend: 'use --backend',
  params: 'use --param',
  clock: 'a clock cannot be given on a command line',
  warn: 'warnings go to the log',
  stopBackendByDefault: 'the command stops the backend itself',
};

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
  command
    .description('Runs a job module: one that exports `defineJob(…)` as default.')
    .argument('<job>', 'path of the module, TypeScript or JavaScript')
    .addOption(
      new Option('--backend <name>', 'where tasks run: in the calling thread or in worker threads')
        .choices(['single', 'threads'])
        .default('single'),
    )
    .option(
      '--workers <n>',
      'worker threads of --backend threads (default: as many as the machine runs at once)',
      parseCount,
    )
    .option('--batch <time>', "time between batches, as 500ms, 2s or 1m (default: the job's own)", parseDuration)
    .option('--param <name=value>', 'parameter of the job; may be repeated', parseAssignment)
    .option(
      '--text-param <name=value>',
      'parameter that is text whatever it looks like; may be repeated',
      parseTextAssignment,
    )
    .option(
      '--params-file <path>',
      'JSON file with parameters; --param and --text-param go before it',
      parseAssignmentsFile,
    )
    .option('--name <name>', "name of the job in logs and messages (default: the job's own)")
    .option('--max-batches <n>', 'stops after so many batches; one that has begun by then still ends', parseCount)
    .option(
      '--graceful-timeout <time>',
      'how long a stop in order may take, as 30s; then what waits is thrown away, with a warning (default: no limit)',
      parseDuration,
    )
    .option('--health-port <n>', 'answers probes on this port: /livez, /readyz, /health; 0 takes a free one', parsePort)
    .option('--health-host <host>', 'address to answer probes on (default: 127.0.0.1)')
    .option('--health-insecure', 'lets probes be answered where other machines can read them')
    .option('--default-parallelism <n>', 'partitions of key operations that are not told otherwise', parseCount)
    .addOption(
      new Option(
        '--on-batch-failure <what>',
        'what a failed batch does (default: stop with state, continue without)',
      ).choices(['stop', 'continue']),
    )
    .option(
      '--conf <option=value>',
      'any other option of the context, as maxPendingBatches=4; may be repeated',
      parseAssignment,
    )
    .option('--print <stream>', 'prints each batch of a stream that the builder returns; may be repeated', collect)
    .addOption(
      new Option('--log <format>', 'format of the log on standard error').choices(['text', 'json']).default('text'),
    )
    .option('--quiet', 'logs no batches that went well')
    .option('--verbose', 'shows the stacks of errors')
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
  const { backend, workers, batch, param = {}, textParam = {}, paramsFile = {}, maxBatches, print = [], log } = given;
  const { gracefulTimeout } = given;
  const health = healthAddress(command, given);
  const module = moduleUrl(job);
  if (module === null || !existsSync(module)) wrong(command, `there is no file ${job}`);
  if (workers !== undefined && backend !== 'threads') wrong(command, '--workers is for --backend threads');
  for (const name of Object.keys(textParam))
    if (Object.hasOwn(param, name)) wrong(command, `the parameter ${name} is given by --param and by --text-param`);
  return {
    module,
    backend,
    ...(workers === undefined ? {} : { workers }),
    ...(batch === undefined ? {} : { batchInterval: batch }),
    params: { ...paramsFile, ...param, ...textParam },
    context: contextOptions(command, given),
    maxBatches: maxBatches ?? null,
    ...(gracefulTimeout === undefined ? {} : { gracefulTimeout }),
    ...(health === null ? {} : { health }),
    print,
    log,
    quiet: given.quiet ?? false,
    verbose: given.verbose ?? false,
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

/** A path or a `file:` URL as URL; null if it is none of them. */
function moduleUrl(job: string): URL | null {
  try {
    return pathToFileURL(job.startsWith('file:') ? fileURLToPath(job) : resolve(job));
  } catch {
    return null;
  }
}

/** Checked before the job is loaded: what is wrong with them is wrong with the command line. */
function contextOptions(
  command: Command,
  { name, defaultParallelism, onBatchFailure, conf = {} }: Given,
): ContextOptions {
  for (const [option, instead] of Object.entries(NOT_CONF))
    if (Object.hasOwn(conf, option)) wrong(command, `--conf ${option}: ${instead}`);
  try {
    const options: ContextOptions = {
      ...(withDurations(conf) as ContextOptions),
      ...(name === undefined ? {} : { name }),
      ...(defaultParallelism === undefined ? {} : { defaultParallelism }),
      ...(onBatchFailure === undefined ? {} : { onBatchFailure }),
    };
    new StreamingContext(single(), seconds(1), options);
    return options;
  } catch (e) {
    if (e instanceof InvalidArgumentError) wrong(command, `--conf: ${e.message}`);
    if (isMillraceError(e)) wrong(command, `[${e.code}] ${e.message}`);
    throw e;
  }
}

function wrong(command: Command, message: string): never {
  command.error(`error: ${message}`, { exitCode: ExitCode.usage });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
