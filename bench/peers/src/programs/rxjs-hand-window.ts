import { concatMap, from, groupBy, lastValueFrom, map, mergeMap, reduce, toArray, windowCount } from 'rxjs';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';

/**
 * rxjs without its sliding windows: windowCount cuts the batches, groupBy and reduce count each one's words, and what slides over
 * the batches is written by hand. It takes away what leaves, which no operator of rxjs does.
 */
export const rxjsHandWindow: Peer = {
  id: 'rxjs-hand-window',
  title: 'rxjs, groupBy and reduce; window by hand',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const counts = new HandWindow(window);
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
        concatMap((pane) => (pane.length === 0 ? [] : [counts.slidePane(pane)])),
        map(deliver),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
