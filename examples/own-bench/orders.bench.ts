/*
 * A bench of a job of one's own: what single and threads(2) make of it, beside the same job written by hand.
 *
 *     npx millrace-bench examples/own-bench/orders.bench.ts
 *     npx millrace-bench examples/own-bench/orders.bench.ts suite latency
 */
import { defineBench, generated, latency, throughput } from '@millrace/bench';
import type { Order } from './orders.job.ts';

/** What each customer has spent in the last ten batches, by hand. */
function spent(): (batch: readonly Order[]) => [string, number][] {
  const window: (readonly Order[])[] = [];
  return (batch) => {
    window.push(batch);
    if (window.length > 10) window.shift();
    const sums = new Map<string, number>();
    for (const { customer, cents } of window.flat()) sums.set(customer, (sums.get(customer) ?? 0) + cents);
    return [...sums];
  };
}

export default defineBench({
  title: 'Orders',
  workloads: [
    {
      id: 'orders',
      title: 'What each customer has spent in the last ten batches',
      job: new URL('./orders.job.ts', import.meta.url),
      input: generated((n): Order => ({ customer: `customer-${(n * 7919) % 1000}`, cents: n % 5000 })),
      batch: 5_000,
      unit: 'orders',
      reference: spent,
    },
  ],
  measure: [throughput(), latency({ rate: 20_000, intervalMs: 100 })],
});
