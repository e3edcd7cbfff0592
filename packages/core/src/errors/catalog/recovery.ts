import { type Entry, show } from '../entry.ts';

/** Errors of a job that goes on where an earlier run of it has stopped. */
export const recoveryErrors = {
  MR_CHECKPOINT_DIFFERS: {
    message: (p: {
      where: string;
      differences: readonly { readonly name: string; readonly before: string; readonly now: string }[];
    }) =>
      `The program is not the one that wrote ${p.where}; it differs in:\n${p.differences
        .map(({ name, before, now }) => `  ${name}\n    before: ${before}\n    now:    ${now}`)
        .join('\n')}\nNothing was changed.`,
    help: 'Run the program that wrote it, name what may differ in `allow`, convert state by `ssc.migrate`, or begin anew with another directory. Give nodes names of their own, so that adding one does not rename others.',
    spark: 'SparkException',
  },
  MR_CHECKPOINT_TWICE: {
    message: (p: { what: string; first: unknown; second: unknown }) =>
      `It was said twice how the job keeps checkpoints, and ${p.what} is ${show(p.first)} the first time and ${show(p.second)} the second.`,
    help: 'Say it once, or the same: `millrace run --checkpoint` and the option `checkpoint` come first, then ssc.checkpoint() in the program, then getOrCreate().',
    spark: 'IllegalArgumentException',
  },
  MR_MIGRATION_NAME: {
    message: (p: { name: string; operators: readonly string[] }) =>
      `migrate() leads to the state of ${show(p.name)}, and this program has no such operator that an output depends on; ${
        p.operators.length === 0 ? 'it has no state' : `it has ${p.operators.map(show).join(', ')}`
      }.`,
    help: 'Give migrate() the name that the operator has in the checkpoint, and in `to` the one that it has now if that is another.',
    spark: 'NoSuchElementException',
  },
  MR_MIGRATION_FAILED: {
    message: (p: { name: string; key: unknown; reason: string }) =>
      `The state of ${p.name} was not migrated, because of the key ${show(p.key)}: ${p.reason}.`,
    help: 'Nothing in the checkpoint was changed: mend the function that migrate() was given and start again, or the program that wrote it.',
    spark: 'SparkException',
  },
  MR_MIGRATION_REFUSED: {
    message: (p: { name: string; reason: string }) => `The state of ${p.name} cannot be migrated: ${p.reason}.`,
    help: 'Such state can change its name (migrate(name, null, { to })) and nothing else. Give the operator another name, and the old and the new one in `allow`: it then begins anew.',
    spark: 'SparkException',
  },
  MR_CHECKPOINT_OWNED: {
    message: (p: { where: string; pid: number | null; since: string }) =>
      `The checkpoint ${p.where} belongs to ${p.pid === null ? 'a process' : `process ${p.pid}`}, which opened it at ${p.since} and is alive.`,
    help: 'Stop that process first, or give this job a directory of its own. A copy of a directory that was made while its job ran belongs to that process as well: look at it by `millrace inspect`, or start from it when that job has stopped.',
    spark: 'IllegalStateException',
  },
  MR_CHECKPOINT_CORRUPT: {
    message: (p: { where: string; what: string }) => `The checkpoint ${p.where} cannot be read: ${p.what}.`,
    help: 'Nothing in it was changed. Restore it from a copy, or move it away and begin anew with another directory.',
    spark: 'SparkException',
  },
  MR_CHECKPOINT_NEWER: {
    message: (p: { where: string; found: number; known: number }) =>
      `The checkpoint ${p.where} was written in format ${p.found} by a newer version; this one knows formats up to ${p.known}.`,
    help: 'Run the version that wrote it, or a later one. Nothing in it was changed.',
    spark: 'SparkException',
  },
  MR_CHECKPOINT_IO: {
    message: (p: { where: string; reason: string }) =>
      `The checkpoint ${p.where} cannot be written or opened: ${p.reason}.`,
    help: 'See to the disk (space, permissions, the disk itself) and start the job again: what was completed is safe.',
    spark: 'SparkException',
  },
  MR_CHECKPOINT_BUSY: {
    message: (p: { where: string; attempts: number }) =>
      `The checkpoint ${p.where} could not be looked at: in ${p.attempts} attempts its job wrote over what was being read.`,
    help: 'Try again when the job has less to do, or look at it when the job has stopped. Nothing was changed.',
  },
  MR_NOT_A_CHECKPOINT: {
    message: (p: { dir: string; what: string }) => `${p.dir} is no checkpoint: ${p.what}.`,
    help: 'Give the directory that --checkpoint or ssc.checkpoint() got.',
  },
  MR_CHECKPOINT_CLOSED: {
    message: (p: { where: string }) => `The checkpoint ${p.where} is not open.`,
    help: 'Call open() first, and nothing after close().',
    spark: 'IllegalStateException',
  },
  MR_CHECKPOINT_KEY: {
    message: (p: { key: readonly (string | number)[]; rule: string }) =>
      `${show(p.key)} cannot be a key of a checkpoint: ${p.rule}.`,
    help: 'Give the stream or output a shorter name.',
    spark: 'IllegalArgumentException',
  },
  MR_QUEUE_NOT_RECOVERABLE: {
    message: (p: { stream: string }) =>
      `The queueStream ${show(p.stream)} cannot go on after a restart: nobody knows how much of its queue was taken.`,
    help: 'Use a source that can be asked again, such as files, or a receiver; queueStream is for tests.',
    spark: 'SparkException',
  },
  MR_INPUT_NOT_STORED: {
    message: (p: { stream: string }) =>
      `The input stream ${show(p.stream)} gave an RDD that was made by operations, which a checkpoint cannot store.`,
    help: 'Let compute() return records, partitions or ranges, or give the input saveBatch and restoreBatch.',
    spark: 'SparkException',
  },
} as const satisfies Record<string, Entry>;
