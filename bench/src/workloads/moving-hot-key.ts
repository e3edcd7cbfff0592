import { throughput, type Workload } from '@millrace/bench';
import { movingZipf } from '../data/moving-zipf.ts';
import { hotKey } from '../floors/hot-key.ts';
import type { HotKeyOperator } from '../jobs/moving-hot-key.job.ts';

const BATCH = 20_000;
/** Batches after which other keys are hot. */
const SHIFT_BATCHES = 8;

/** A hot key that is another one after some batches: an engine that has learnt which one it is has to learn again. */
const movingHotKey: Workload<
  [string, number],
  [string, number],
  { operator: HotKeyOperator; s: number; partitions: number }
> = {
  id: 'moving-hot-key',
  title: 'Moving hot key',
  about: `Pairs with 10,000 keys drawn by Zipf's law, whose order changes after ${SHIFT_BATCHES} batches; 8 partitions. Sums by reduceByKey, the longest rise by groupByKey.`,
  group: 'Skew',
  collections: ['full', 'hot-key'],
  job: new URL('../jobs/moving-hot-key.job.ts', import.meta.url),
  params: { operator: 'reduceByKey', s: 1, partitions: 8 },
  sweep: { operator: ['reduceByKey', 'groupByKey'], s: [0, 1, 1.5] },
  input: ({ s }) => movingZipf({ keys: 10_000, s, shiftAfter: SHIFT_BATCHES * BATCH, seed: 1 }),
  batch: BATCH,
  // The keys change in the middle of most runs.
  batches: 12,
  reference: ({ operator }) => hotKey(operator),
  measure: [throughput()],
};

/** Keys that are hot for a while. */
export const hotKeyWorkloads = [movingHotKey];
