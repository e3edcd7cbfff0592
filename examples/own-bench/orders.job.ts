import { defineJob, milliseconds, type QueueEntry } from '@millrace/core';

/** An order as it comes: who, and how much in cents. */
export interface Order {
  readonly customer: string;
  readonly cents: number;
}

/** What each customer has spent in the last ten batches. */
export default defineJob({ name: 'orders', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<Order>[] = [];
  const output = ssc
    .queueStream(queue)
    .map(({ customer, cents }): [string, number] => [customer, cents])
    .reduceByKeyAndWindow((a, b) => a + b, milliseconds(1000), milliseconds(100));
  return { queue, output };
});
