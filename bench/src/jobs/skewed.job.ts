import {
  type AggregateStrategy,
  broadcast,
  type DStream,
  defineJob,
  type JoinStrategy,
  milliseconds,
  type QueueEntry,
  type SkewStrategy,
  type State,
  type StatePlacement,
  StateSpec,
  salted,
} from '@millrace/core';
import { burn } from './burn.ts';

/** Operators that a heavy key may trouble. */
export type SkewedOperator = 'reduceByKey' | 'countByValue' | 'groupByKey' | 'join' | 'cogroup' | 'mapWithState';

/** What becomes of heavy keys. Each operator has some of them: see `STRATEGIES`. */
export type Strategy = 'auto' | 'combine' | 'split' | 'hash' | 'salted' | 'broadcast';

/** What the job is to do. */
export interface Skewed {
  readonly operator: SkewedOperator;
  readonly strategy: Strategy;
  readonly partitions: number;
  /** What is joined: so many rows for the users 0, 1, …, or a row for each of these keys. */
  readonly table: number | readonly string[];
  /** Rounds of work for each record behind the operator; 0: none. */
  readonly rounds: number;
}

/** Batches that the table is there for. */
const BATCHES = 1000;

/** Values by key, one operator, and some work on each record that it gives. */
export default defineJob({ name: 'skewed', batchInterval: milliseconds(100) }, (ssc, params: Skewed) => {
  const queue: QueueEntry<[string, number]>[] = [];
  const { partitions: numPartitions, rounds } = params;
  const pairs = ssc.queueStream(queue, { numPartitions });
  const table = () => {
    const { table: keys } = params;
    const named = typeof keys === 'number' ? Array.from({ length: keys }, (_, i) => `user-${i}`) : keys;
    const rows = named.map((key, i): [string, number] => [key, i]);
    return ssc.queueStream(new Array<typeof rows>(BATCHES).fill(rows), { numPartitions });
  };
  const results = resultsOf(pairs, table, params);
  return { queue, output: rounds === 0 ? results : results.map((record) => burn(String(record).length, rounds)) };
});

function resultsOf(
  pairs: DStream<[string, number]>,
  table: () => DStream<[string, number]>,
  { operator, strategy, partitions: numPartitions }: Skewed,
): DStream<unknown> {
  const option = strategy === 'salted' ? salted(numPartitions) : strategy === 'broadcast' ? broadcast() : strategy;
  const add = (a: number, b: number) => a + b;
  switch (operator) {
    case 'reduceByKey':
      return pairs.reduceByKey(add, { numPartitions, skew: option as AggregateStrategy });
    case 'countByValue':
      return pairs.map(([key]) => key).countByValue({ numPartitions, skew: option as AggregateStrategy });
    case 'groupByKey':
      return pairs.groupByKey({ numPartitions, skew: option as SkewStrategy }).mapValues((values) => values.length);
    case 'join':
      return pairs.join(table(), { numPartitions, skew: option as JoinStrategy });
    case 'cogroup':
      return pairs.cogroup(table(), { numPartitions, skew: option as SkewStrategy });
    case 'mapWithState': {
      const total = StateSpec.function((key: string, n: number | null, sum: State<number>): [string, number] => {
        sum.update((sum.getOption() ?? 0) + (n ?? 0));
        return [key, sum.get()];
      });
      return pairs.mapWithState(total.numPartitions(numPartitions).skew(option as StatePlacement));
    }
  }
}
