import { bufferCount, from, lastValueFrom, map } from 'rxjs';
import { countWords } from '../hand-counts.ts';
import type { Peer } from '../peer.ts';
import { lastBatches } from '../rxjs-batches.ts';

/** rxjs cuts the batches and slides over them, both with bufferCount; the words of each window are counted by hand, from nothing. */
export const rxjsHandCounts: Peer = {
  id: 'rxjs-hand-counts',
  title: 'rxjs, bufferCount; words counted by hand',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const windows = from(words).pipe(
        bufferCount(batch),
        lastBatches(window),
        map((batches) => batches.reduce(countWords, new Map<string, number>())),
        map((counts) => deliver([...counts])),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
