import type { Entry } from '../entry.ts';

/** Errors of the log in which received data is safe before it is acknowledged. */
export const logErrors = {
  MR_LOG_DAMAGED: {
    message: (p: { file: string; offset: number; what: string }) =>
      `The log of received data is not what was written, in ${p.file} at byte ${p.offset}: ${p.what}.`,
    help: "Nothing was changed. Restore the file from a copy, or set writeAheadLog: { onDamage: 'skip' } to go on without what is lost.",
    spark: 'SparkException',
  },
  MR_LOG_ORPHANED: {
    message: (p: { dir: string; where: string }) =>
      `The log ${p.dir} has records that were stored for a job, and the checkpoint ${p.where} knows of none: they would be processed again.`,
    help: 'Nothing was changed. Restore the checkpoint from a copy, or move the log away to begin anew without what is in it.',
    spark: 'SparkException',
  },
  MR_LOG_OWNED: {
    message: (p: { dir: string; whose: string }) =>
      `The log ${p.dir} is that of ${p.whose}: what it has stored there is its own.`,
    help: 'Nothing was changed. Give each job a directory of its own (writeAheadLog: { dir }); where it is the same job, end the one that runs.',
    spark: 'SparkException',
  },
  MR_LOG_NEWER: {
    message: (p: { file: string; found: number; known: number }) =>
      `${p.file} was written in format ${p.found} by a newer version; this one knows formats up to ${p.known}.`,
    help: 'Run the version that wrote it, or a later one. Nothing in it was changed.',
    spark: 'SparkException',
  },
  MR_LOG_WRITE: {
    message: (p: { dir: string; reason: string }) =>
      `The log of received data in ${p.dir} cannot be written: ${p.reason}.`,
    help: 'See to the disk (space, permissions, the disk itself) and start the job again: what was acknowledged is safe.',
    spark: 'SparkException',
  },
} as const satisfies Record<string, Entry>;
