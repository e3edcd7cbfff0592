import { defineJob, milliseconds, type QueueEntry, type State, StateSpec } from '@millrace/core';

/** A window, a state and a broadcast join over small batches: what must not let memory grow. */
export default defineJob({ name: 'everything', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const table = ssc.broadcast('table', () => new Map([['key-1', 'one']]));
  const pairs = ssc.queueStream(queue).map((key): [string, number] => [key, 1]);
  const add = (key: string, value: number | null, total: State<number>): [string, number] => {
    total.update((total.getOption() ?? 0) + (value ?? 0));
    return [key, total.get()];
  };
  const totals = pairs.mapWithState(StateSpec.function(add));
  const output = pairs
    .reduceByKeyAndWindow((a, b) => a + b, milliseconds(1000), milliseconds(100), { inverse: (a, b) => a - b })
    .join(totals)
    .leftOuterJoinBroadcast(table);
  return { queue, output };
});
