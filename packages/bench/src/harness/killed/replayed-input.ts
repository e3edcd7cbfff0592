import {
  InputDStream,
  type QueueEntry,
  type QueueOptions,
  type SourceBatch,
  type SourcePartition,
  type StreamingContext,
  type Time,
} from '@millrace/core';
import { splitRecords } from '@millrace/core/connector';
import { EntryFiles } from './entry-files.ts';

/** In the place of a job's queue: entries that a restarted job is given again, each at its time. */
export class ReplayedInput<T> extends InputDStream<T> {
  readonly #entries: EntryFiles;
  readonly #numPartitions: number;

  constructor(ssc: StreamingContext, dir: string, { name, numPartitions = 1 }: QueueOptions<T>) {
    super(ssc, { name, kind: 'replayed queue' });
    this.#entries = new EntryFiles(dir, ssc.batchDuration.milliseconds);
    this.#numPartitions = numPartitions;
  }

  // A batch is known by its time: there is nothing to be saved of it.
  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(time: Time): SourceBatch {
    const entry = this.#entries.at(time.milliseconds) as Exclude<QueueEntry<T>, { readonly setting: unknown }>;
    if ('blocks' in entry)
      return { partitions: entry.blocks.map((block): SourcePartition => ({ kind: 'blocks', blocks: [block] })) };
    return { partitions: splitRecords(entry as readonly T[], this.#numPartitions) };
  }
}
