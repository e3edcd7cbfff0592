import { defineJob, type QueueEntry, seconds } from '@millrace/core';
import type { AdEvent } from '../../ysb/events.ts';
import { windowCounts } from '../../ysb/window-counts.ts';

/** The Yahoo Streaming Benchmark over lines of JSON, which tasks parse. */
export default defineJob({ name: 'ysb-json', batchInterval: seconds(2) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const events = ssc.queueStream(queue).map((line): AdEvent => JSON.parse(line));
  return { queue, output: windowCounts(ssc, events) };
});
