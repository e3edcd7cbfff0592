import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where and on what a run was made. */
export interface Machine {
  readonly commit: string;
  /** True if tracked files differ from the commit; null when git did not tell. */
  readonly dirty: boolean | null;
  readonly node: string;
  readonly v8: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryGb: number;
  readonly platform: string;
  /** Load average of the minute before the run. */
  readonly loadBefore: number;
}

/** Asks git, Node and the operating system. @param directory whose repository is asked for */
export function describeMachine(directory: string): Machine {
  const commit = git(directory, 'rev-parse', 'HEAD');
  const status = git(directory, 'status', '--porcelain', '--untracked-files=no');
  return {
    commit: commit ?? 'unknown',
    dirty: status === null ? null : status !== '',
    node: process.version,
    v8: process.versions.v8,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] ?? 0,
  };
}

function git(directory: string, ...args: string[]): string | null {
  try {
    return execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
