import { defineJob, milliseconds, type QueueEntry, type State, StateSpec } from '@millrace/core';

/** How often each key has occurred so far: the new totals of a batch's records. A line is a key. */
export default defineJob({ name: 'peers-keyed-totals', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const add = (key: string, value: number | null, total: State<number>): [string, number] => {
    const sum = (total.getOption() ?? 0) + (value ?? 0);
    total.update(sum);
    return [key, sum];
  };
  const output = ssc
    .queueStream(queue)
    .map((key): [string, number] => [key, 1])
    .mapWithState(StateSpec.function(add), { name: 'totals' });
  return { queue, output };
});
