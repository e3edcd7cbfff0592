import { defineJob, type QueueEntry, seconds } from '@millrace/core';
import type { AdEvent } from '../../ysb/events.ts';
import { windowCounts } from '../../ysb/window-counts.ts';

/** The Yahoo Streaming Benchmark over events that are objects already, dealt over partitions. */
export default defineJob(
  { name: 'ysb-objects', batchInterval: seconds(2) },
  (ssc, { partitions }: { readonly partitions: number }) => {
    const queue: QueueEntry<AdEvent>[] = [];
    return { queue, output: windowCounts(ssc, ssc.queueStream(queue, { numPartitions: partitions })) };
  },
);
