import { defineJob, milliseconds } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

/** How often each word occurs in a batch of byte ranges of a file, which tasks read. */
export interface FileWords {
  readonly path: string;
  readonly bytesPerRange: number;
  readonly numPartitions: number;
}

/** The file is there as often as anybody will read it: each pass is a run. All are looked at before the first. */
const PASSES = 5_000;

export default defineJob(
  { name: 'file-words', batchInterval: milliseconds(100) },
  (ssc, { path, bytesPerRange, numPartitions }: FileWords) => {
    const output = textFileBatches(ssc, new Array<string>(PASSES).fill(path), { bytesPerRange, numPartitions })
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b);
    return { output };
  },
);
