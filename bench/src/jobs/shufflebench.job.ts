import { defineJob, milliseconds, type QueueEntry, type State, StateSpec, type Time } from '@millrace/core';
import { accept, type ConsumerState, FRESH, OUTPUT_RATE } from '../shufflebench/consumer.ts';
import { Matcher, type Rules } from '../shufflebench/matcher.ts';
import type { ShuffleRecord } from '../shufflebench/records.ts';

/** Sends each record to the consumers that want it; every consumer keeps a state, and emits it now and then. */
export default defineJob({ name: 'shufflebench', batchInterval: milliseconds(100) }, (ssc, rules: Rules) => {
  const queue: QueueEntry<ShuffleRecord>[] = [];
  const matcher = new Matcher(rules);
  const consume = (_time: Time, consumer: string, record: ShuffleRecord | null, state: State<ConsumerState>) => {
    if (record === null) return null;
    const next = accept(state.getOption() ?? FRESH, record);
    const emits = next.count === OUTPUT_RATE;
    state.update(emits ? FRESH : next);
    return emits ? ([consumer, next] as const) : null;
  };
  const output = ssc
    .queueStream(queue)
    .flatMap((record) => matcher.match(record.data).map((consumer): [string, ShuffleRecord] => [consumer, record]))
    .mapWithState(StateSpec.function(consume));
  return { queue, output };
});
