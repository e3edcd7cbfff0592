import {
  bufferCount,
  concatMap,
  filter,
  groupBy,
  map,
  mergeMap,
  type OperatorFunction,
  reduce,
  startWith,
  toArray,
  windowCount,
} from 'rxjs';

/* What rxjs cuts and counts by its own operators in more than one of its programs. */

/** Cuts batches, and counts the words of each by groupBy and reduce. */
export function countedBatches(batch: number): OperatorFunction<string, (readonly [string, number])[]> {
  return (words) =>
    words.pipe(
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
      filter((counts) => counts.length > 0),
    );
}

/**
 * Slides over batches: at each the last ones. Empty batches stand before the first one, so that the first windows have fewer; the
 * buffers that the end cuts short are no windows.
 */
export function lastBatches<T>(window: number): OperatorFunction<readonly T[], readonly (readonly T[])[]> {
  return (batches) =>
    batches.pipe(
      startWith(...Array.from({ length: window - 1 }, (): readonly T[] => [])),
      bufferCount(window, 1),
      filter((last) => last.length === window),
    );
}
