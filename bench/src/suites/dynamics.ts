import { bursts, defineBench, driverKill, generatedLines, straggler, type Workload, workerKill } from '@millrace/bench';
import { milliseconds } from '@millrace/core';
import { wordsOf } from '../workloads/dstreams.ts';
import { LINE_BYTES, makeLines } from '../workloads/text-lines.ts';

/** Totals of words in state: what is lost or counted twice shows in every later batch. */
const wordTotals: Workload<string, [string, number]> = {
  id: 'word-totals',
  title: 'Totals of words',
  about: `Lines of ${LINE_BYTES} bytes; after every batch the words that it had, with how often each has occurred so far.`,
  group: 'Dynamics',
  collections: ['full'],
  job: new URL('../jobs/word-totals.job.ts', import.meta.url),
  input: generatedLines(makeLines(1)),
  batch: 1000,
  unit: 'lines',
  reference: () => {
    const counts = new Map<string, number>();
    return (lines) => {
      const words = wordsOf(lines);
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      return [...new Set(words)].map((word) => [word, counts.get(word) ?? 0]);
    };
  },
};

const load = { rate: 10_000, intervalMs: 100 };

/** What happens to a job while it runs: bursts, a worker and the driver killed, a straggler. */
export const dynamicsSuites = defineBench({
  workloads: [wordTotals],
  measure: [
    bursts(load),
    bursts({ ...load, kind: 'periodic' }),
    workerKill(load),
    driverKill(load),
    // Tasks of tens of milliseconds, for which speculation is made, and which are looked at as often.
    straggler({
      rate: 30_000,
      intervalMs: 200,
      speculation: { minTaskTime: milliseconds(10), interval: milliseconds(5) },
    }),
  ],
}).suites;
