import { generatedLines, type Workload } from '@millrace/bench';
import { wordCount } from '../floors/text.ts';
import { LINE_BYTES, makeLines } from './text-lines.ts';

/** The words of each batch: two stages and no state, on which latency is promised. */
export const wordsWorkload: Workload<string, readonly [string, number]> = {
  id: 'words',
  title: 'Words of a batch',
  group: 'Latency',
  about: `Lines of ${LINE_BYTES} bytes as raw text; the words of each batch are counted and delivered.`,
  collections: ['full'],
  job: new URL('../jobs/word-count.job.ts', import.meta.url),
  input: generatedLines(makeLines(1)),
  batch: 10_000,
  reference: () => wordCount(),
};
