import { from, lastValueFrom, map } from 'rxjs';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';
import { countedBatches } from '../rxjs-batches.ts';

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
        countedBatches(batch),
        map((pane) => deliver(counts.slidePane(pane))),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
