import { requeuedJob } from '../requeued-job.ts';
import { ReplayedInput } from './replayed-input.ts';

/** What the job is given besides its own params. */
export interface ReplayedBench {
  /** Where its entries are, as `EntryFiles` has them. */
  readonly entries: string;
}

/** The job that the query names, with an input that can be read again in the place of its queue. */
export default await requeuedJob<ReplayedBench>(
  import.meta.url,
  ({ ssc, options }, { entries }) => new ReplayedInput(ssc, entries, options),
);
