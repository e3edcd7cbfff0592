import { cost, throughput, type Workload } from '@millrace/bench';
import { consumers } from '../floors/shufflebench.ts';
import type { ConsumerState } from '../shufflebench/consumer.ts';
import type { Rules } from '../shufflebench/matcher.ts';
import { RECORD_BYTES, type ShuffleRecord, shuffleInput } from '../shufflebench/records.ts';

/** Records in memory: 16 MB. */
const POOL = 2 ** 14;

/**
 * ShuffleBench (Henning and others, ICPE 2024) without Kafka: what a shuffle of large records costs, with keyed state behind it.
 * With s = 0 all consumers get equally many records: what the skewed ones are compared with.
 */
const shufflebench: Workload<ShuffleRecord, readonly [string, ConsumerState], Rules> = {
  id: 'shufflebench',
  title: 'ShuffleBench',
  about: `Records of ${RECORD_BYTES} bytes in raw blocks; each goes to 0.2 of 1,000 consumers on the average, which keep 32 bytes and emit them after 10 records.`,
  group: 'Skew',
  collections: ['full', 'shufflebench'],
  job: new URL('../jobs/shufflebench.job.ts', import.meta.url),
  params: { count: 1000, selectivity: 0.2, s: 0, seed: 1 },
  sweep: { s: [0, 1, 1.5] },
  input: shuffleInput({ seed: 1, pool: POOL, blocks: 2 }),
  batch: 10_000,
  reference: consumers,
  measure: [throughput(), cost()],
};

/** What is hard on a shuffle. */
export const shufflebenchWorkloads = [shufflebench];
