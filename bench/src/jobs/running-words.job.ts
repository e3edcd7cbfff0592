import { defineJob, milliseconds, type State, StateSpec } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';
import type { FileWords } from './file-words.job.ts';

/** The file is there as often as anybody will read it: each pass is a run. All are looked at before the first. */
const PASSES = 5_000;

/** How often each word of a batch has occurred so far. */
export default defineJob(
  { name: 'running-words', batchInterval: milliseconds(100) },
  (ssc, { path, bytesPerRange, numPartitions }: FileWords) => {
    const total = StateSpec.function((word: string, n: number | null, sum: State<number>): [string, number] => {
      sum.update((sum.getOption() ?? 0) + (n ?? 0));
      return [word, sum.get()];
    });
    const output = textFileBatches(ssc, new Array<string>(PASSES).fill(path), {
      bytesPerRange,
      numPartitions,
      name: 'text',
    })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .mapWithState(total, { name: 'totals' });
    return { output };
  },
);
