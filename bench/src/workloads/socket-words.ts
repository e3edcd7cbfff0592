import { socketLines, type Workload } from '@millrace/bench';
import { wordCount } from '../floors/text.ts';
import { LINE_BYTES, makeLines } from './text-lines.ts';

/** The words of lines that come through a socket: a job that has a source of its own, and cuts its batches itself. */
export const socketWordsWorkload: Workload<string, readonly [string, number]> = {
  id: 'socket-words',
  title: 'Words from a socket',
  group: 'Live input',
  about: `Lines of ${LINE_BYTES} bytes through a socket; the words of each batch of 20 ms are counted and delivered.`,
  collections: ['full'],
  job: new URL('../jobs/socket-words.job.ts', import.meta.url),
  input: socketLines(makeLines(1)),
  batch: 10_000,
  batches: 30,
  unit: 'lines',
  reference: () => wordCount(),
};
