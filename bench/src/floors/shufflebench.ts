import { accept, type ConsumerState, FRESH, OUTPUT_RATE } from '../shufflebench/consumer.ts';
import { Matcher, type Rules } from '../shufflebench/matcher.ts';
import type { ShuffleRecord } from '../shufflebench/records.ts';

/** The consumers in one Map; what a batch makes them emit. */
export function consumers(rules: Rules) {
  const matcher = new Matcher(rules);
  const states = new Map<string, ConsumerState>();
  return (records: readonly ShuffleRecord[]): (readonly [string, ConsumerState])[] => {
    const out: (readonly [string, ConsumerState])[] = [];
    for (const record of records) {
      for (const consumer of matcher.match(record.data)) {
        const next = accept(states.get(consumer) ?? FRESH, record);
        const emits = next.count === OUTPUT_RATE;
        states.set(consumer, emits ? FRESH : next);
        if (emits) out.push([consumer, next]);
      }
    }
    return out;
  };
}
