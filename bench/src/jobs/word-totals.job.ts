import { defineJob, milliseconds, type QueueEntry, type State, StateSpec } from '@millrace/core';

/** How often each word of a batch has occurred so far: state that grows with the words, of which a batch touches some. */
export default defineJob({ name: 'word-totals', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<string>[] = [];
  const total = (word: string, n: number | null, sum: State<number>): [string, number] => {
    sum.update((sum.getOption() ?? 0) + (n ?? 0));
    return [word, sum.get()];
  };
  const output = ssc
    .queueStream(queue)
    .flatMap((line) => line.split(' '))
    .map((word): [string, number] => [word, 1])
    .reduceByKey((a, b) => a + b)
    .mapWithState(StateSpec.function(total), { name: 'totals' });
  return { queue, output };
});
