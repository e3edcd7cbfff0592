import { defineJob, milliseconds, type QueueEntry, topK } from '@millrace/core';
import type { Flight } from '../data/flights.ts';

/** The 10 routes with most flights in a batch. */
export default defineJob(
  { name: 'busiest-routes', batchInterval: milliseconds(100) },
  (ssc, params: { readonly partitions: number }) => {
    const queue: QueueEntry<Flight>[] = [];
    const output = ssc
      .queueStream(queue, { numPartitions: params.partitions })
      .map((flight) => [`${flight.origin}-${flight.destination}`, 1])
      .reduceByKey((a, b) => a + b)
      .aggregate(topK(10, { by: ([, n]) => n }));
    return { queue, output };
  },
);
