import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Found } from '../checkpoint/job-checkpoint.ts';
import { error, isMillraceError } from '../errors/index.ts';
import { systemFiles } from '../log/log-files.ts';
import { foreignLog, type LogJob, logJobBytes, logJobPath, readLogJob } from '../log/log-job.ts';
import { SegmentLog, type SegmentLogOptions } from '../log/segment-log.ts';
import { ReceivedLog } from '../receiver/received-log.ts';
import { makeDirectories } from '../system/make-directories.ts';

/** What a job's log needs of the job. */
export interface JobLogParts {
  readonly dir: string;
  readonly options: SegmentLogOptions;
  readonly job: string;
  /** Where the checkpoint is. */
  readonly where: string;
  /** What the checkpoint has of an earlier run; null: the job begins. */
  readonly found: Found | null;
}

/** The log of a job's receivers, which no other job has, now or later. */
export class JobLog {
  readonly received: ReceivedLog;
  /** What the checkpoint is to know it by. */
  readonly id: string;
  readonly #lock: { release(): void };

  private constructor(received: ReceivedLog, id: string, lock: { release(): void }) {
    this.received = received;
    this.id = id;
    this.#lock = lock;
  }

  /**
   * Opens the log of a job.
   * @throws MR_LOG_OWNED, MR_LOG_ORPHANED, MR_LOG_DAMAGED, MR_LOG_NEWER, MR_LOG_WRITE
   */
  static async open(parts: JobLogParts): Promise<JobLog> {
    const { dir, options, found, where } = parts;
    const lock = takeLock(dir, options);
    try {
      refuseForeign(parts);
      const received = new ReceivedLog(new SegmentLog(dir, options));
      received.open();
      // A job writes down that it begins before anything is stored for it.
      if (found === null && received.newestRecord >= 0) throw error('MR_LOG_ORPHANED', { dir, where });
      received.expect(found?.batches.at(-1)?.log ?? -1);
      // Before the log says that it has one.
      await received.ensureMarked();
      return new JobLog(received, await named(parts), lock);
    } catch (e) {
      lock.release();
      throw unusable(dir, e);
    }
  }

  /** Lets others have it, once it is closed. */
  release(): void {
    this.#lock.release();
  }
}

/** The directory is made if it is not there. */
function takeLock(dir: string, { files = systemFiles }: SegmentLogOptions): { release(): void } {
  let lock: { release(): void } | null;
  try {
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === false)
      throw new Error('it is a file, and has to be a directory');
    makeDirectories(dir);
    lock = files.lock(join(dir, 'owner.lock'));
  } catch (e) {
    throw unusable(dir, e);
  }
  if (lock !== null) return lock;
  const whose = readLogJob(dir);
  throw error('MR_LOG_OWNED', { dir, whose: whose === null ? 'a job that runs' : `${nameOf(whose)}, which runs` });
}

/** What another job has stored is not for this one, nor is what this one stores for the other. */
function refuseForeign({ dir, options, found, where }: JobLogParts): void {
  if (found === null) return;
  const { logId } = found.meta;
  if (logId === undefined) {
    // It had no log, or was begun by an earlier version.
    const other = readLogJob(dir);
    if (other !== null && other.where !== where) throw error('MR_LOG_OWNED', { dir, whose: nameOf(other) });
    return;
  }
  const foreign = foreignLog(dir, logId);
  if (foreign === null) return;
  if ('whose' in foreign) throw error('MR_LOG_OWNED', { dir, whose: nameOf(foreign.whose) });
  const file = logJobPath(dir);
  const { onDamage = 'fail', warn } = options;
  if (onDamage === 'fail') throw error('MR_LOG_DAMAGED', { file, offset: 0, what: foreign.missing });
  warn(`The log is damaged, and what is lost is left out: ${foreign.missing}, in ${file}.`);
}

/** Writes down whose the log is, before the checkpoint knows of it. */
async function named({ dir, options, job, where, found }: JobLogParts): Promise<string> {
  const written = found === null ? null : readLogJob(dir);
  if (written?.marked === true) return written.id;
  const id = written?.id ?? found?.meta.logId ?? randomUUID();
  const whose = { job, where, ...written, id, marked: true };
  await (options.files ?? systemFiles).replace(logJobPath(dir), logJobBytes(whose));
  return id;
}

/** What the system says of a directory or a file in it: permissions, a disk that is full or read-only. */
function unusable(dir: string, e: unknown): Error {
  return isMillraceError(e) ? e : error('MR_LOG_WRITE', { dir, reason: (e as Error).message }, { cause: e });
}

function nameOf({ job, where }: LogJob): string {
  return `the job ${job} with the checkpoint ${where}`;
}
