import type { FileBatch, FileRange, TextFile } from './text-file.ts';

/**
 * Turns line ends into batches of exactly so many lines, cut into partitions that differ by one line at most: partition p
 * of n has lines [floor(p·L/n), floor((p+1)·L/n)) of a batch of L. Batches go on from one file to the next.
 *
 * @example
 * ```ts
 * const cutter = new BatchCutter(2, 1);
 * cutter.begin({ path: '/tmp/a', size: 6 }); // "a\nb\nc\n"
 * cutter.lineEnd(2); // null
 * cutter.lineEnd(4); // a batch: lines that start in [0, 4)
 * cutter.lineEnd(6);
 * cutter.finishFile();
 * cutter.finish(); // the last batch: [4, 6)
 * ```
 */
export class BatchCutter {
  readonly #linesPerBatch: number;
  readonly #numPartitions: number;
  #file: TextFile = { path: '', size: 0 };
  /** Where the range that is being made begins. */
  #from = 0;
  /** Where the last line that is complete ends. */
  #end = 0;
  #lines = 0;
  #linesBefore = 0;
  #ranges: FileRange[] = [];
  #partitions: FileRange[][] = [];
  #counts: number[] = [];

  /** @param numPartitions no more than there are lines in a batch are made */
  constructor(linesPerBatch: number, numPartitions: number) {
    this.#linesPerBatch = linesPerBatch;
    this.#numPartitions = Math.min(numPartitions, linesPerBatch);
  }

  /** Goes on with a file, at its beginning. */
  begin(file: TextFile): void {
    this.#file = file;
    this.#from = 0;
    this.#end = 0;
  }

  /** A line ends before an offset. Gives the batch that is complete with it, else null. */
  lineEnd(offset: number): FileBatch | null {
    this.#end = offset;
    this.#lines++;
    const boundary = Math.floor(((this.#partitions.length + 1) * this.#linesPerBatch) / this.#numPartitions);
    if (this.#lines < boundary) return null;
    this.#closePartition();
    return this.#lines === this.#linesPerBatch ? this.#closeBatch() : null;
  }

  /** The file ends; its lines so far stay in the batch that is being made. */
  finishFile(): void {
    this.#closeRange();
  }

  /** The last batch, null if there are no lines left for one. */
  finish(): FileBatch | null {
    if (this.#lines > this.#linesBefore) this.#closePartition();
    return this.#partitions.length > 0 ? this.#closeBatch() : null;
  }

  #closeRange(): void {
    if (this.#end > this.#from) this.#ranges.push({ ...this.#file, from: this.#from, to: this.#end });
    this.#from = this.#end;
  }

  #closePartition(): void {
    this.#closeRange();
    this.#partitions.push(this.#ranges);
    this.#counts.push(this.#lines - this.#linesBefore);
    this.#ranges = [];
    this.#linesBefore = this.#lines;
  }

  #closeBatch(): FileBatch {
    const batch = { partitions: this.#partitions, counts: this.#counts };
    this.#partitions = [];
    this.#counts = [];
    this.#lines = 0;
    this.#linesBefore = 0;
    return batch;
  }
}
