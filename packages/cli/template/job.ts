import { type DStream, defineJob, seconds } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const book = new URL('./words.txt', import.meta.url);

/** How often each word is in the lines of a batch, the most frequent first. A function of its own, so that it can be tested. */
export function countWords(lines: DStream<string>): DStream<[word: string, count: number]> {
  return lines
    .flatMap((line) => line.toLowerCase().match(/[a-z]+/g) ?? [])
    .map((word): [string, number] => [word, 1])
    .reduceByKey((a, b) => a + b)
    .transform((counts) => counts.sortBy(([, count]) => count, { ascending: false }));
}

/** The job: a few lines of a file each second. Every worker thread builds the same streams, so it depends on nothing but its params. */
export default defineJob(
  { name: 'word-count', batchInterval: seconds(1) },
  (ssc, { linesPerBatch = 3 }: { linesPerBatch?: number }) => {
    const lines = textFileBatches(ssc, book, { linesPerBatch });
    const counts = countWords(lines);
    counts.print(5);
    return { lines, counts };
  },
);
