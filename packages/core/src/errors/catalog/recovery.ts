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
        .join('\n')}\n`,
    help: 'Run the program that wrote it, name what may differ in `allow`, or begin anew with another directory. Give nodes names of their own, so that adding one does not rename others.',
    spark: 'SparkException',
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
