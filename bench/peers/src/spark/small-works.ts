import { cyclic, type Plan } from './plan.ts';
import { KEYED_TOTALS, TOP_WORDS, WORD_COUNT, type Work } from './tasks.ts';
import { inBlocks, textBatches } from './text.ts';

/** A work on little input, for tests. */
export interface SmallWork {
  readonly work: Work;
  /** Java classes that do it. */
  readonly mains: readonly string[];
  readonly plan: Plan;
}

const keys = (batch: number) => inBlocks(Array.from({ length: 40 }, (_, i) => `user-${(batch * 7 + i * i) % 50}`));

/** By what tests call them. */
export const SMALL_WORKS: Readonly<Record<string, SmallWork>> = {
  'word count': {
    work: WORD_COUNT,
    mains: [WORD_COUNT.main, 'StructuredWordCount'],
    plan: planOf(textBatches(3, 60)),
  },
  'top words': { work: TOP_WORDS, mains: [TOP_WORDS.main], plan: planOf(textBatches(14, 60)) },
  'keyed totals': {
    work: KEYED_TOTALS,
    mains: [KEYED_TOTALS.main],
    plan: planOf(Array.from({ length: 14 }, (_, b) => keys(b))),
  },
};

/** Windows are full after the preload, and a checkpoint of Spark falls into the run. */
function planOf(batches: Plan['batches']): Plan {
  return {
    batches,
    preload: cyclic(0, 11, batches.length),
    run: (n) => cyclic(11 + 11 * n, 22 + 11 * n, batches.length),
  };
}

/** The output of the first run by hand. */
export function outputByHand({ work, plan }: SmallWork): (readonly unknown[])[] {
  const each = work.loop();
  for (const n of plan.preload) each(plan.batches[n]!);
  return plan.run(0).map((n) => each(plan.batches[n]!));
}
