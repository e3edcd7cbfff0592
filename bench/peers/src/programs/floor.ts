import { LOOP_TITLE } from '@millrace/bench';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';

/** A loop over the words. All of it is written by hand, the aggregation too. */
export const floor: Peer = {
  id: 'floor',
  title: LOOP_TITLE,
  start: ({ batch, window }) => ({
    run(words, deliver) {
      const counts = new HandWindow(window);
      for (let from = 0; from < words.length; from += batch) deliver(counts.slide(words.slice(from, from + batch)));
    },
  }),
};
