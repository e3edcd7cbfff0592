import type { JoinPlan } from './join-plan.ts';
import type { SplitPlan } from './split-plan.ts';

/**
 * Keeps plans for split keys where a batch that runs again finds them. A plan follows from the input alone, so a batch that runs again would
 * come to the same one; one that runs again under another version of the engine may not, and has to put the pairs of a join where they were.
 */
export interface SplitPlans {
  /** What an earlier run of the batch has decided for a shuffle; null if it has decided nothing. */
  known(shuffle: string): SplitPlan | JoinPlan | null;
  /** Has a plan written down. Resolves when it is safe; until then nothing of the batch leaves the job. */
  decided(shuffle: string, plan: SplitPlan | JoinPlan): Promise<void>;
}
