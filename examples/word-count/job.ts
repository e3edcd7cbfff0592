import { defineJob, milliseconds } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const book = new URL('../data/moby-dick.txt', import.meta.url);

/** Counts the words of a book, 100 lines at a time. A module of its own, so that workers can build the same streams. */
export default defineJob({ name: 'word-count', batchInterval: milliseconds(100) }, (ssc) => {
  const lines = textFileBatches(ssc, book, { linesPerBatch: 100 });
  const counts = lines
    .flatMap((line) => line.toLowerCase().match(/[a-z]+/g) ?? [])
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b);
  return { lines, counts };
});
