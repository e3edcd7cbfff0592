import { defineJob, milliseconds, type QueueEntry, type State, StateSpec } from '@millrace/core';

/** A total for each key; only keys with data are touched. The output is all totals, for whoever asks. */
export default defineJob({ name: 'keyed-totals', batchInterval: milliseconds(100) }, (ssc) => {
  const queue: QueueEntry<[string, number]>[] = [];
  const add = (_key: string, value: number | null, total: State<number>) => {
    total.update((total.getOption() ?? 0) + (value ?? 0));
  };
  const output = ssc.queueStream(queue).mapWithState(StateSpec.function(add)).stateSnapshots();
  return { queue, output };
});
