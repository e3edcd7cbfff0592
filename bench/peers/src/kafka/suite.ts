import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { OutputDiffers, type Runner, type Suite, takeTurns, turnRows } from '@millrace/bench';
import type { Counted } from './counted.ts';
import { countByFlow } from './flow.ts';
import { countByMillrace } from './millrace.ts';
import { type Keyed, noBroker, withTopic } from './topic.ts';

const KEYS = 10_000;
const PARTITIONS = 4;
const VALUE = 'x'.repeat(100);
/** Steps through the keys so that neighbours are far apart; no divisor of their number. */
const STRIDE = 7919;
const keyOf = (n: number): string => `key-${(n * STRIDE) % KEYS}`;

/** A running count of a topic's records by key, next to a library that people use for that. */
export const kafkaCountSuite: Suite = {
  id: 'peers-kafka-count',
  title: 'Running count of a Kafka topic by key, next to @kafkats/flow',
  group: 'Peers',
  about: `Records of 100 bytes with one of ${KEYS.toLocaleString('en')} keys in ${PARTITIONS} partitions of a topic, on a broker of this machine. State is in memory on both sides. @kafkats/flow gives a result for each record, Millrace one for each key of a batch; the last results of all keys are compared.`,
  collections: ['peers'],
  needs: noBroker,
  async run(context) {
    const records = context.quick ? 100_000 : 400_000;
    const keyed: Keyed = { records, partitions: PARTITIONS, key: keyOf, value: () => VALUE };
    const expected = new Map<string, number>();
    for (let n = 0; n < records; n++) expected.set(keyOf(n), (expected.get(keyOf(n)) ?? 0) + 1);
    context.progress(0, 'writes the topic');
    return withTopic(keyed, async (topic) => {
      const runner = (title: string, count: () => Promise<Counted>): Runner => ({
        title,
        async run() {
          const counted = await count();
          compare(title, counted, expected);
          return counted.recordsPerSecond;
        },
      });
      const runners = [
        runner('@kafkats/flow', () => countByFlow(topic, records)),
        runner('Millrace single', () => countByMillrace(single(), topic, records)),
        runner('Millrace threads(2)', () => countByMillrace(threads({ workers: 2 }), topic, records)),
      ];
      const about = { suite: this.id, metric: 'throughput', unit: 'records/s', better: 'higher' } as const;
      return { rows: turnRows(await takeTurns(runners, context), about), ratios: {} };
    });
  },
};

/** @throws OutputDiffers naming a key */
function compare(title: string, { counts }: Counted, expected: ReadonlyMap<string, number>): void {
  if (counts.size !== expected.size)
    throw new OutputDiffers(`${title} has counts of ${counts.size} keys, where there are ${expected.size}`);
  for (const [key, count] of expected) {
    if (counts.get(key) === count) continue;
    throw new OutputDiffers(`${title} counted ${counts.get(key)} records of ${key}, where there are ${count}`);
  }
}
