import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';

/** Where and on what a run was made. */
export interface Machine {
  readonly commit: string;
  /** True if tracked files differ from the commit; null when git did not tell. */
  readonly dirty: boolean | null;
  /**
   * What differs from the commit, as a hash: the changes of tracked files, and the bench file where git does not have it. Left out
   * where nothing differs.
   */
  readonly changes?: string;
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

/** Asks git, Node and the operating system. @param file of the bench, whose repository is asked for */
export function describeMachine(file: string): Machine {
  const directory = dirname(file);
  const commit = git(directory, 'rev-parse', 'HEAD');
  const status = git(directory, 'status', '--porcelain', '--untracked-files=no');
  return {
    commit: commit ?? 'unknown',
    dirty: status === null ? null : status !== '',
    ...changesOf(file, status !== null && status !== ''),
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
function changesOf(file: string, dirty: boolean): { readonly changes?: string } {
  const directory = dirname(file);
  const hash = createHash('sha256');
  const diff = ['diff', 'HEAD', '--binary', '--no-ext-diff', '--no-textconv', '--no-color'];
  // Where git cannot tell, what it would tell may have changed: no other run has this.
  if (dirty) hash.update(git(directory, ...diff) ?? String(process.hrtime.bigint()));
  const tracked = git(directory, 'ls-files', '--error-unmatch', '--', file) !== null;
  if (!tracked) hash.update(readFileSync(file));
  return dirty || !tracked ? { changes: hash.digest('hex') } : {};
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
