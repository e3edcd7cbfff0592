import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { single } from '@millrace/backend-single';
import { type ContextOptions, type Duration, isMillraceError, StreamingContext, seconds } from '@millrace/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { type Assignments, parseAssignment, parseAssignmentsFile, parseTextAssignment } from '../parse/assignments.ts';
import { parseCount } from '../parse/count.ts';
import { parseDuration, withDurations } from '../parse/duration.ts';
import type { JobSettings } from '../run/settings.ts';

/** Options of all commands that load a job, as commander gives them. */
export interface GivenForJob {
  readonly backend: 'single' | 'threads';
  readonly workers?: number;
  readonly batch?: Duration;
  readonly param?: Assignments;
  readonly textParam?: Assignments;
  readonly paramsFile?: Assignments;
  readonly name?: string;
  readonly defaultParallelism?: number;
  readonly taskTimeout?: Duration;
  readonly conf?: Assignments;
  readonly log: 'text' | 'json';
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Options of contexts and of `loadJob` that are not `--conf`'s: the option that is, or why there is none. */
const NOT_CONF: Readonly<Record<string, string>> = {
  name: 'use --name',
  defaultParallelism: 'use --default-parallelism',
  onBatchFailure: 'use --on-batch-failure',
  taskTimeout: 'use --task-timeout',
  checkpoint: 'use --checkpoint',
  batchInterval: 'use --batch',
  backend: 'use --backend',
  params: 'use --param',
  clock: 'a clock cannot be given on a command line',
  onError: 'a job says itself what becomes of records that fail',
  warn: 'warnings go to the log',
  stopBackendByDefault: 'the command stops the backend itself',
};

/** Adds the argument and the options of commands that load a job. */
export function addJobOptions(command: Command): Command {
  return command
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
    .option('--default-parallelism <n>', 'partitions of key operations that are not told otherwise', parseCount)
    .option(
      '--task-timeout <time>',
      'a task that runs longer has failed, as 30s or 5m (default: no limit)',
      parseDuration,
    )
    .option(
      '--conf <option=value>',
      'any other option of the context, as maxPendingBatches=4; may be repeated',
      parseAssignment,
    )
    .addOption(
      new Option('--log <format>', 'format of the log on standard error').choices(['text', 'json']).default('text'),
    )
    .option('--quiet', 'logs no batches that went well')
    .option('--verbose', 'shows the stacks of errors');
}

/** What commands that load a job were told, checked. @param more options of the context besides */
export function jobSettings(command: Command, job: string, given: GivenForJob, more: ContextOptions = {}): JobSettings {
  const { backend, workers, batch, param = {}, textParam = {}, paramsFile = {}, log } = given;
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
    context: contextOptions(command, given, more),
    log,
    quiet: given.quiet ?? false,
    verbose: given.verbose ?? false,
  };
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
  { name, defaultParallelism, taskTimeout, conf = {} }: GivenForJob,
  more: ContextOptions,
): ContextOptions {
  for (const [option, instead] of Object.entries(NOT_CONF))
    if (Object.hasOwn(conf, option)) wrong(command, `--conf ${option}: ${insteadHere(command, instead)}`);
  try {
    const options: ContextOptions = {
      ...(withDurations(conf) as ContextOptions),
      ...(name === undefined ? {} : { name }),
      ...(defaultParallelism === undefined ? {} : { defaultParallelism }),
      ...(taskTimeout === undefined ? {} : { taskTimeout }),
      ...more,
    };
    new StreamingContext(single(), seconds(1), options);
    return options;
  } catch (e) {
    if (e instanceof InvalidArgumentError) wrong(command, `--conf: ${e.message}`);
    if (isMillraceError(e)) wrong(command, `[${e.code}] ${e.message}`);
    throw e;
  }
}

/** What is said of an option that is not for `--conf`, by a command that may not have the other one. */
function insteadHere(command: Command, instead: string): string {
  const [, other] = /^use (--\S+)$/.exec(instead) ?? [];
  return other === undefined || command.options.some(({ long }) => long === other)
    ? instead
    : 'this command has no use for it';
}

/** Ends the command: what is wrong with the command line. */
export function wrong(command: Command, message: string): never {
  command.error(`error: ${message}`, { exitCode: ExitCode.usage });
}
