import type { FileBatch, FileRange, TextFile } from './text-file.ts';

/**
 * Plans batches by bytes, without reading anything: each batch has up to `numPartitions` partitions of one range each.
 * Ranges end with their file.
 *
 * @example Two batches, of two partitions and of one:
 * ```ts
 * [...byteRanges([{ path: '/tmp/a', size: 25 }], 10, 2)];
 * // partitions [[0, 10)], [[10, 20)], then [[20, 25)]
 * ```
 */
export function* byteRanges(
  files: readonly TextFile[],
  bytesPerRange: number,
  numPartitions: number,
): Generator<FileBatch> {
  let partitions: FileRange[][] = [];
  for (const file of files) {
    for (let from = 0; from < file.size; from += bytesPerRange) {
      partitions.push([{ ...file, from, to: Math.min(from + bytesPerRange, file.size) }]);
      if (partitions.length < numPartitions) continue;
      yield { partitions, counts: null };
      partitions = [];
    }
  }
  if (partitions.length > 0) yield { partitions, counts: null };
}
