import { defineJob, milliseconds, type StreamingContext, seconds } from '@millrace/core';
import { httpStream } from '@millrace/sources/http';
import { iterableStream } from '@millrace/sources/iterable';
import { socketTextStream } from '@millrace/sources/sockets';
import { offeredLines } from './lines.ts';

/** How lines come in. */
export type SourceKind = 'socket' | 'http' | 'iterable';

export interface LoadParams {
  readonly source: SourceKind;
  /** Where the sender listens; for http 0: the job listens. */
  readonly port: number;
  /** For iterables, which have no sender: lines per second that there would be. */
  readonly offered: number;
  /** For iterables: lines that were pulled so far. */
  readonly pulled: SharedArrayBuffer;
}

function source(ssc: StreamingContext, { source, port, offered, pulled }: LoadParams) {
  switch (source) {
    case 'socket':
      return socketTextStream(ssc, { host: '127.0.0.1', port, name: 'lines' });
    case 'http':
      return httpStream(ssc, { port, format: 'text', name: 'lines' });
    case 'iterable':
      return iterableStream(ssc, () => offeredLines(offered, new BigInt64Array(pulled)), {
        name: 'lines',
        maxBuffered: 100_000,
      });
  }
}

/** Word count with a sliding window and a total for each word: what a job with state does with text. */
export default defineJob({ name: 'load', batchInterval: milliseconds(250) }, (ssc, params: LoadParams) => {
  const lines = source(ssc, params);
  const words = lines.flatMap((line) => line.split(' ')).map((word) => [word, 1]);
  const add = (a: number, b: number) => a + b;
  const window = words.reduceByKeyAndWindow(add, seconds(10), seconds(1), {
    inverse: (a, b) => a - b,
    filter: ([, n]) => n > 0,
  });
  const totals = words
    .reduceByKey(add)
    .updateStateByKey((values: number[], state: number | null) => values.reduce(add, state ?? 0));
  return { lines, counts: lines.count(), window: window.count(), totals: totals.count() };
});
