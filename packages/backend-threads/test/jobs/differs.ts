import { isMainThread } from 'node:worker_threads';
import { defineJob, seconds } from '@millrace/core';

/** Builds another plan in the worker: what a builder that looks at the world may do. */
export default defineJob({ name: 'differs', batchInterval: seconds(1) }, (ssc) => {
  const numbers = ssc.queueStream([[1, 2, 3]]);
  const out = isMainThread ? numbers.map((n) => n + 1) : numbers.filter((n) => n > 1);
  return { out };
});
