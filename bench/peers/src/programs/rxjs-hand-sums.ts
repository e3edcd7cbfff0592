import { from, lastValueFrom, map } from 'rxjs';
import { addCounts } from '../hand-counts.ts';
import type { Peer } from '../peer.ts';
import { countedBatches, lastBatches } from '../rxjs-batches.ts';

/**
 * rxjs cuts the batches, counts each one's words by groupBy and reduce, and slides over the batches with bufferCount; the counts of
 * the batches of a window are added up by hand, each window from nothing. Adding them by groupBy too costs as much as counting words.
 */
export const rxjsHandSums: Peer = {
  id: 'rxjs-hand-sums',
  title: 'rxjs, groupBy of batches; windows added up by hand',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const windows = from(words).pipe(
        countedBatches(batch),
        lastBatches(window),
        map((panes) => panes.reduce(addCounts, new Map<string, number>())),
        map((counts) => deliver([...counts])),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
