import { engineContenders, loopContender, race, type Suite, speedRatio, throughputRows } from '@millrace/bench';
import { backends, TITLES } from '../contenders.ts';
import { mobyDickFile } from '../data/text-file.ts';
import { fileWordCount } from '../floors/text.ts';

const JOB = new URL('../jobs/file-words.job.ts', import.meta.url);
/** Of a partition; a batch has two. What a file stream cuts large files into unless told otherwise, or a quarter of that. */
const RANGE_BYTES = { full: 2 ** 24, quick: 2 ** 22 } as const;
const BATCHES = 2;
const PARTITIONS = 2;

/** Text that tasks read and decode themselves, range by range: nothing of it passes the driver. */
export const filesSuite: Suite = {
  id: 'files',
  title: 'Word count of byte ranges of a file',
  group: 'Live input',
  about:
    'Moby Dick repeated to 64 MiB in a file (16 MiB with --quick); each of two batches has two ranges of 16 MiB, the default of file streams (4 MiB with --quick), which its tasks read, decode and cut into words. The operating system has the file in memory.',
  collections: ['quick', 'full'],
  async run(context) {
    const bytesPerRange = context.quick ? RANGE_BYTES.quick : RANGE_BYTES.full;
    using file = mobyDickFile(BATCHES, PARTITIONS * bytesPerRange);
    const engines = backends(context.quick ? ['single', 'threads2'] : undefined);
    const params = { path: file.path, bytesPerRange, numPartitions: PARTITIONS };
    const contenders = [
      loopContender({ loop: () => fileWordCount(file.path), batches: () => file.batches }),
      ...engineContenders({ job: JOB, params, batches: () => file.batches.map(() => null) }, engines),
    ];
    const laps = await race(contenders, context);
    return {
      rows: throughputRows(this.id, laps, file.records),
      ratios: { 'files.threads2/single': speedRatio(laps, TITLES.threads2, TITLES.single) },
    };
  },
};
