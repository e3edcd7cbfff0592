import type { FileRange, TextFile } from './text-file.ts';
import { compressionOf } from './unpack.ts';

/** What opening a file costs, in bytes that could be read instead: many small files are spread by it. */
const OPEN_COST_BYTES = 2 ** 16;
/** No file is split into less, unless `bytesPerRange` says so: a task costs more than reading it. */
const LEAST_BYTES = 2 ** 16;

/** How a batch of files is cut. */
export interface CutOptions {
  /** Most bytes of a partition, but for a file that cannot be split. */
  readonly bytesPerRange: number;
  /** Partitions that a batch should have, if it has the bytes. */
  readonly numPartitions: number;
  /** Ranges begin at multiples of this; null where files cannot be split. */
  readonly unit: number | null;
}

/**
 * Cuts files into partitions of about the same size, each with the ranges that it reads, in order. Large files are split,
 * small ones share a partition, what is packed stays whole.
 */
export function filePartitions(files: readonly TextFile[], options: CutOptions): FileRange[][] {
  const { bytesPerRange, numPartitions, unit } = options;
  const weight = files.reduce((sum, { size }) => sum + size + OPEN_COST_BYTES, 0);
  const goal = Math.min(bytesPerRange, Math.max(Math.ceil(weight / numPartitions), LEAST_BYTES));
  const step = unit === null ? Number.POSITIVE_INFINITY : Math.max(unit, Math.floor(goal / unit) * unit);
  const partitions: FileRange[][] = [];
  let current: FileRange[] = [];
  let filled = 0;
  for (const { path, size } of files) {
    const whole = compressionOf(path) !== null;
    for (let from = 0; from < size; ) {
      const to = whole ? size : Math.min(from + step, size);
      const cost = to - from + (from === 0 ? OPEN_COST_BYTES : 0);
      if (current.length > 0 && filled + cost > goal) {
        partitions.push(current);
        current = [];
        filled = 0;
      }
      current.push({ path, size, from, to });
      filled += cost;
      from = to;
    }
  }
  if (current.length > 0) partitions.push(current);
  return partitions;
}
