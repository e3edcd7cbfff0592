import {
  bufferCount,
  concatMap,
  filter,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  reduce,
  startWith,
  toArray,
  windowCount,
} from 'rxjs';
import { addCounts } from '../hand-counts.ts';
import type { Peer } from '../peer.ts';

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
        windowCount(batch),
        concatMap((pane) =>
          pane.pipe(
            groupBy((word) => word),
            mergeMap((group) =>
              group.pipe(
                reduce((n) => n + 1, 0),
                map((n) => [group.key, n] as const),
              ),
            ),
            toArray(),
          ),
        ),
        // After a last batch that is full, windowCount opens one more, which stays empty.
        filter((pane) => pane.length > 0),
        startWith(...Array.from({ length: window - 1 }, () => [])),
        bufferCount(window, 1),
        filter((panes) => panes.length === window),
        map((panes) => panes.reduce(addCounts, new Map<string, number>())),
        map((counts) => deliver([...counts])),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
