import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Peer } from './peer.ts';

const PROCESS = fileURLToPath(new URL('./first-run-process.ts', import.meta.url));

/**
 * How long a peer takes to start and to run once in a process that is new, when V8 knows none of its code. Loading its library and
 * making the words is not part of it; loading a job is, which Millrace does when it starts.
 * @returns seconds
 * @throws Error with what the process said, should it fail
 */
export async function firstRun({ id }: Peer): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, PROCESS, id]);
  const seconds = Number(stdout);
  if (!(seconds > 0)) throw new Error(`the first run of ${id} printed no time: ${JSON.stringify(stdout)}`);
  return seconds;
}
