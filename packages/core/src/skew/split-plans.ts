import type { JoinPlan } from './join-plan.ts';
import type { SplitPlan } from './split-plan.ts';

/**
 * A number for what decides which keys are heavy and where they go: the sample, its bounds, both planners. To be raised with each change of
 * these, so that a batch that ran under the rules of another version of the engine is known.
 */
export const SPLIT_RULES = 4;

/**
 * Keeps plans for split keys where a batch that runs again finds them. A plan follows from the input alone, so a batch that runs again would
 * come to the same one; one that runs again under another version of the engine may not, and has to put the pairs of a join where they were.
 */
export interface SplitPlans {
  /** What an earlier run of the batch has decided for a shuffle; null if it has decided nothing. */
  known(shuffle: string): SplitPlan | JoinPlan | null;
  /**
   * False where an earlier run of the batch was under other rules: where it has decided nothing, it has found no heavy key, and nobody may
   * lay the pairs of a join elsewhere now.
   */
  readonly mayBegin: boolean;
  /** Has a plan written down. Resolves when it is safe; until then nothing of the batch leaves the job. */
  decided(shuffle: string, plan: SplitPlan | JoinPlan): Promise<void>;
}
