import { requeuedJob } from '../requeued-job.ts';
import { type SlowCells, SlowWorker } from './slow-worker.ts';

/** What the job is given besides its own params. */
export interface SlowedBench {
  readonly cells: SlowCells;
  /** How many times as slow the slow worker is. */
  readonly times: number;
}

/** The job that the query names, of which tasks that read its queue are slow in one worker. */
export default await requeuedJob<SlowedBench>(import.meta.url, (place, { cells, times }) => {
  const slow = new SlowWorker(cells, times);
  return place
    .queueStream()
    .mapPartitions(
      (records) => {
        slow.begin();
        return records;
      },
      { name: 'bench-task-begins' },
    )
    .map(
      (record) => {
        slow.record();
        return record;
      },
      { name: 'bench-slow-worker' },
    );
});
