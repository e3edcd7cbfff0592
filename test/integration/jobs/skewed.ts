import { defineJob, milliseconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';
import { onceIn } from './once-sink.ts';

/** What the job is told. */
export interface SkewedParams {
  /** Directory that takes each partition of each batch once. */
  readonly out: string;
  /** Partitions of the join from this one on are never written: whoever writes them waits to be killed. Left out: all are. */
  readonly holdFrom?: number;
}

export const PARTITIONS = 4;
export type Pair = [key: string, value: number];

/** Half of the records have one key, an eighth another one: how many of the two are heavy depends on what an engine calls heavy. */
export const PAIRS = Array.from({ length: 20_000 }, (_, i): Pair => {
  const at = (i * 31) % 97;
  return [at < 48 ? 'hot' : at < 60 ? 'warm' : `k${i % 199}`, i];
});
export const NAMES = Array.from({ length: 199 }, (_, i): Pair => [i < 3 ? 'hot' : i < 6 ? 'warm' : `k${i}`, i]);

/** Records of which some keys have many are grouped, and joined. Gives the same batches whenever it runs. */
export default defineJob(
  { name: 'skewed', batchInterval: milliseconds(1000), defaultParallelism: PARTITIONS },
  (ssc, { out, holdFrom }: SkewedParams) => {
    const pairs = new TestSource<Pair>(ssc, [PAIRS, PAIRS], { numPartitions: 2, name: 'pairs' });
    const names = new TestSource<Pair>(ssc, [NAMES, NAMES], { name: 'names' });
    pairs.groupByKey({ name: 'groups' }).writeTo(onceIn(out), { name: 'grouped' });
    pairs.join(names, { name: 'joined' }).writeTo(onceIn(out, holdFrom), { name: 'pairs-of-names' });
  },
);
