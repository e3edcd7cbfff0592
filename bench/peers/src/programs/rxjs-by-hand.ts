import { bufferCount, from, lastValueFrom, map } from 'rxjs';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';

/** rxjs cuts the batches with bufferCount; the aggregation and the window are written by hand. */
export const rxjsByHand: Peer = {
  id: 'rxjs-by-hand',
  title: 'rxjs, hand aggregation',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const counts = new HandWindow(window);
      const windows = from(words).pipe(
        bufferCount(batch),
        map((pane) => deliver(counts.slide(pane))),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
