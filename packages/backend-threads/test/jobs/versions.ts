import { defineJob, seconds } from '@millrace/core';
import { TestSource } from '@millrace/core/testing';

export interface VersionsParams {
  readonly batches: readonly (readonly [string, number][])[];
  /** The second version of the program counts in objects, in more partitions, under another name. */
  readonly second: boolean;
}

/** A job with state that has changed. */
export default defineJob({ name: 'versions', batchInterval: seconds(1) }, (ssc, params: VersionsParams) => {
  const pairs = new TestSource<[string, number]>(ssc, params.batches, { name: 'pairs' });
  const sumOf = (values: number[], sum: number) => values.reduce((a, b) => a + b, sum);
  if (!params.second) {
    const update = (values: number[], sum: number | null) => sumOf(values, sum ?? 0);
    return {
      totals: pairs.updateStateByKey<string, number, unknown>(update as never, { name: 'totals', numPartitions: 2 }),
    };
  }
  ssc.migrate('totals', (key: string, sum: number) => [key, { sum }], { to: 'sums' });
  const update = (values: number[], before: { sum: number } | null) => ({ sum: sumOf(values, before?.sum ?? 0) });
  return {
    totals: pairs.updateStateByKey<string, number, unknown>(update as never, { name: 'sums', numPartitions: 5 }),
  };
});
