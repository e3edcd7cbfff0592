/*
 * Sales of a shop from a file of orders: what each product brought in over the last two batches, and in all since the
 * start. The window is subtracted from and added to; the running total is state.
 *
 *     node --conditions=@millrace/source examples/product-sales/main.ts
 *
 * Output:
 *     after 30 orders: 456.90
 *       coffee 200.10 of 200.10
 *       cocoa 102.00 of 102.00
 *       mate 79.20 of 79.20
 *       tea 75.60 of 75.60
 *     after 60 orders: 821.90
 *       coffee 448.50 of 448.50
 *       cocoa 163.20 of 163.20
 *       tea 113.40 of 113.40
 *       mate 96.80 of 96.80
 *     after 90 orders: 1464.70
 *       coffee 455.40 of 655.50
 *       mate 352.00 of 431.20
 *       cocoa 112.20 of 214.20
 *       tea 88.20 of 163.80
 *     after 120 orders: 1940.30
 *       mate 580.80 of 677.60
 *       coffee 351.90 of 800.40
 *       tea 109.20 of 222.60
 *       cocoa 76.50 of 239.70
 */
import { single } from '@millrace/backend-single';
import { milliseconds, StreamingContext } from '@millrace/core';
import { textFileBatches } from '@millrace/sources/files';

const BATCH = milliseconds(50);
const ssc = new StreamingContext(single(), BATCH, { name: 'product-sales' });

// 30 orders a batch: time, product, quantity, price of one in cents.
const orders = textFileBatches(ssc, new URL('../data/sales.csv', import.meta.url), { linesPerBatch: 30 });
const sales = orders
  .map((line) => line.split(','))
  .map(([, product, n, cents]) => [product, Number(n) * Number(cents)]);

const inWindow = sales.reduceByKeyAndWindow((a, b) => a + b, BATCH.times(2), BATCH, {
  inverse: (a, b) => a - b,
  filter: ([, cents]) => cents > 0,
});
const inAll = sales.updateStateByKey((now: number[], all: number | null) => now.reduce((a, b) => a + b, all ?? 0));

const euros = (cents: number) => (cents / 100).toFixed(2);
let batches = 0;
inAll.leftOuterJoin(inWindow).foreachRDD(async (rdd) => {
  const products = await rdd.sortBy(([, [, cents]]) => cents ?? 0, { ascending: false }).collect();
  const total = products.reduce((sum, [, [cents]]) => sum + cents, 0);
  console.log(`after ${++batches * 30} orders: ${euros(total)}`);
  for (const [product, [all, now]] of products) console.log(`  ${product} ${euros(now ?? 0)} of ${euros(all)}`);
  // Not awaited: stop() waits for this batch, which waits for this function.
  if (batches === 4) void ssc.stop();
});

await ssc.start();
await ssc.awaitTermination();
