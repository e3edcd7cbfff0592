import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is said where the log of a job is not where it should be. */
export const MISSING_LOG = 'it is missing, and so is what the job had in its log, or the log is elsewhere';

/** The job that a log belongs to, as it is written down beside the segments. */
export interface LogJob {
  /** The checkpoint of the job has the same. */
  readonly id: string;
  /** For messages: the job's name, and where its checkpoint was when it was begun. */
  readonly job: string;
  readonly where: string;
  /** Whether the log has a mark, from before this was written; not where an earlier version has written it. */
  readonly marked: boolean;
}

/** Where it is written down whose a log is. */
export function logJobPath(dir: string): string {
  return join(dir, 'job');
}

/** Whose a log is; null where nobody has begun one, or what was written is gone or not to be read. */
export function readLogJob(dir: string): LogJob | null {
  try {
    const { id, job, where, marked } = JSON.parse(readFileSync(logJobPath(dir), 'utf8')) as Partial<LogJob>;
    if (typeof id !== 'string' || typeof job !== 'string' || typeof where !== 'string') return null;
    return { id, job, where, marked: marked === true };
  } catch {
    return null;
  }
}

/** @see readLogJob */
export function logJobBytes(job: LogJob): Uint8Array {
  return Buffer.from(JSON.stringify(job));
}

/** What is wrong with the log of a job that has begun one; null if it is its own. */
export function foreignLog(dir: string, id: string): { readonly whose: LogJob } | { readonly missing: string } | null {
  const found = readLogJob(dir);
  if (found === null) return { missing: MISSING_LOG };
  return found.id === id ? null : { whose: found };
}
