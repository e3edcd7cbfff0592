import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HandWindow } from '../hand-window.ts';
import type { Peer } from '../peer.ts';

/** Streams of Node in object mode, a word an object; cutting batches, the aggregation and the window are written by hand. */
export const nodeStream: Peer = {
  id: 'node-stream',
  title: 'node:stream, hand aggregation',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const counts = new HandWindow(window);
      const last = new Writable({
        objectMode: true,
        write(pane: string[], _encoding, done) {
          deliver(counts.slide(pane));
          done();
        },
      });
      await pipeline(Readable.from(words), batchesOf(batch), last);
    },
  }),
};

/** Gathers objects in arrays. */
function batchesOf(size: number): Transform {
  let batch: unknown[] = [];
  return new Transform({
    objectMode: true,
    transform(word: unknown, _encoding, done) {
      batch.push(word);
      if (batch.length < size) return done();
      done(null, batch);
      batch = [];
    },
    flush(done) {
      done(null, batch.length === 0 ? undefined : batch);
    },
  });
}
