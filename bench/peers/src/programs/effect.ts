import { Effect, Stream } from 'effect';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';

/** A Stream of effect, cut by grouped; the aggregation and the window are written by hand. */
export const effectStream: Peer = {
  id: 'effect',
  title: 'effect Stream, hand aggregation',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const counts = new HandWindow(window);
      const program = Stream.fromIterable(words).pipe(
        Stream.grouped(batch),
        Stream.map((pane) => counts.slide(pane)),
        Stream.runForEach((all) => Effect.sync(() => deliver(all))),
      );
      await Effect.runPromise(program);
    },
  }),
};
