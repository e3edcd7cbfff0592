import { bufferCount, concatAll, concatMap, from, groupBy, lastValueFrom, map, mergeMap, reduce, toArray } from 'rxjs';
import type { Peer } from '../peer.ts';
import { lastBatches } from '../rxjs-batches.ts';

/**
 * rxjs by its own operators alone, as its documentation has them: bufferCount cuts the batches, a second one slides over them
 * (`bufferCount(n, 1)`: at each batch the last n), groupBy and reduce count the words of each window.
 *
 * Written by operators alone, forms that count each batch first are no faster, since groups cost more than records, and a windowCount
 * that slides over words is slower. What is faster counts or adds by hand: see rxjs-hand-sums and rxjs-hand-counts.
 */
export const rxjsIdiomatic: Peer = {
  id: 'rxjs-idiomatic',
  title: 'rxjs, bufferCount, groupBy and reduce',
  start: ({ batch, window }) => ({
    async run(words, deliver) {
      const windows = from(words).pipe(
        bufferCount(batch),
        lastBatches(window),
        concatMap((batches) =>
          from(batches).pipe(
            concatAll(),
            groupBy((word) => word),
            mergeMap((group) =>
              group.pipe(reduce<string, [string, number]>(([word, n]) => [word, n + 1], [group.key, 0])),
            ),
            toArray(),
          ),
        ),
        map(deliver),
      );
      await lastValueFrom(windows, { defaultValue: undefined });
    },
  }),
};
