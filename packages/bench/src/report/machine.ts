import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, relative, resolve, sep } from 'node:path';
import { type BenchFiles, benchFiles, hashFiles } from './bench-files.ts';
import { ENGINE_VERSION, HARNESS_VERSION } from './versions.ts';

/** Where and on what a run was made. */
export interface Machine {
  readonly commit: string;
  /** True if tracked files differ from the commit; null when git did not tell. */
  readonly dirty: boolean | null;
  /**
   * What no commit has, as a hash: the changes of tracked files, and the files of the bench that git does not have. Left out
   * where there is nothing of either.
   */
  readonly changes?: string;
  /** Path of the bench file in its repository; where there is none, from the directory in which the run was started. */
  readonly file?: string;
  /** Version of `@millrace/core`. Results of before it was noted have none. */
  readonly engine?: string;
  /** Version of `@millrace/bench`. Results of before it was noted have none. */
  readonly harness?: string;
  readonly node: string;
  readonly v8: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryGb: number;
  readonly platform: string;
  /** Load average of the minute before the run. */
  readonly loadBefore: number;
}

/** A change of this many bytes is more than anybody writes by hand. */
const MOST_CHANGED = 2 ** 28;

/** Asks git, Node and the operating system. @param path of the bench file, whose repository is asked for @param jobs paths of its job modules */
export function describeMachine(path: string, jobs: readonly string[] = []): Machine {
  // As git says paths.
  const file = realpathSync(path);
  const directory = dirname(file);
  const commit = git(directory, 'rev-parse', 'HEAD');
  const root = git(directory, 'rev-parse', '--show-toplevel');
  const status = git(directory, 'status', '--porcelain', '--untracked-files=no');
  return {
    commit: commit ?? 'unknown',
    dirty: status === null ? null : status !== '',
    ...changesOf(directory, benchFiles([file, ...jobs]), { root, dirty: status !== null && status !== '' }),
    file: relative(root ?? realpathSync('.'), file).replaceAll(sep, '/'),
    engine: ENGINE_VERSION,
    harness: HARNESS_VERSION,
    node: process.version,
    v8: process.versions.v8,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** A hash of what no commit has. */
function changesOf(
  directory: string,
  { paths, areAll }: BenchFiles,
  { root, dirty }: { readonly root: string | null; readonly dirty: boolean },
): { readonly changes?: string } {
  const hash = createHash('sha256');
  const diff = ['diff', 'HEAD', '--binary', '--no-ext-diff', '--no-textconv', '--no-color'];
  // Where it cannot be told, anything may have changed: no other run has this.
  const unknown = () => String(process.hrtime.bigint());
  if (dirty) hash.update(git(directory, ...diff) ?? unknown());
  const tracked = root === null ? new Set() : trackedOf(root, paths);
  const own = paths.filter((path) => !tracked.has(path));
  hashFiles(hash, directory, own);
  if (!areAll) hash.update(unknown());
  return dirty || own.length > 0 || !areAll ? { changes: hash.digest('hex') } : {};
}

/** Those of some files that git has. */
function trackedOf(root: string, paths: readonly string[]): ReadonlySet<string> {
  // Git refuses paths that are not below its root.
  const below = paths
    .map((path) => relative(root, path))
    .filter((path) => !path.startsWith('..') && path !== resolve(path));
  // Without any it would tell all that it has.
  if (below.length === 0) return new Set();
  const listed = git(root, 'ls-files', '-z', '--', ...below.map((path) => `:(literal)${path}`)) ?? '';
  return new Set(
    listed
      .split('\0')
      .filter((path) => path !== '')
      .map((path) => resolve(root, path)),
  );
}

/** Flags that Node was given, on its command line and in NODE_OPTIONS. */
export function nodeFlags(): string[] {
  // As Node cuts it: at spaces that are not in double quotes, where a backslash takes the next character as it is.
  const options = process.env['NODE_OPTIONS']?.match(/(?:"(?:\\.|[^"\\])*"|[^ "])+/g) ?? [];
  return [
    ...options.map((option) =>
      option.replaceAll(/"((?:\\.|[^"\\])*)"/g, (_, quoted: string) => quoted.replaceAll(/\\(.)/g, '$1')),
    ),
    ...process.execArgv,
  ];
}

function git(directory: string, ...args: string[]): string | null {
  try {
    return execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: MOST_CHANGED,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
