/*
 * State that lives across batches: each customer's running total, touched only by the customer's own orders. Snapshots
 * show the totals of all customers after each batch; the last one is printed at the end.
 *
 *     node --conditions=@millrace/source examples/running-totals/main.ts
 *
 * Output:
 *     ada has spent 1250
 *     bob has spent 300
 *     ada has spent 2000
 *     eve has spent 4000
 *     bob has spent 499
 *     in all: ada 2000, bob 499, eve 4000
 */
import { single } from '@millrace/backend-single';
import { milliseconds, type State, StateSpec, StreamingContext } from '@millrace/core';
import { iterableStream } from '@millrace/sources/iterable';

interface Order {
  readonly customer: string;
  readonly cents: number;
}

/** Stands for a socket, a queue or a database cursor: anything that can be iterated. */
function* orders(): Generator<Order> {
  yield { customer: 'ada', cents: 1250 };
  yield { customer: 'bob', cents: 300 };
  yield { customer: 'ada', cents: 750 };
  yield { customer: 'eve', cents: 4000 };
  yield { customer: 'bob', cents: 199 };
}

const ssc = new StreamingContext(single(), milliseconds(50), { name: 'running-totals' });
const stream = iterableStream(ssc, orders, { maxPerBatch: 2 });

const totals = stream
  .map((order) => [order.customer, order.cents])
  .mapWithState(
    StateSpec.function((customer: string, cents: number | null, total: State<number>) => {
      total.update((total.getOption() ?? 0) + (cents ?? 0));
      return `${customer} has spent ${total.get()}`;
    }),
  );

totals.foreachRDD((rdd) => rdd.foreach((line) => console.log(line)));

let all: [customer: string, cents: number][] = [];
totals.stateSnapshots().foreachRDD(async (rdd) => {
  all = await rdd.sortByKey().collect();
});

await ssc.start();
await stream.ended;
await ssc.stop({ graceful: true });
await ssc.awaitTermination();
console.log(`in all: ${all.map(([customer, cents]) => `${customer} ${cents}`).join(', ')}`);
