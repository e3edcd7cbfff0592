import { expect, test } from 'vitest';
import { forcePlacement } from '../src/api/state-placements.ts';
import { memoryStore, type State, StateSpec, StreamingContext, seconds } from '../src/index.ts';
import { ManualClock, runBatches } from '../src/testing/index.ts';
import { mortalSlots } from './mortal-slots.ts';

const BATCHES = Array.from({ length: 4 }, (_, batch) => Array.from({ length: 20 }, (_, i) => 7 * batch + i));
/** The batch in which state moves and a slot dies. */
const FATAL = 2000;
const PARTITIONS = 4;

/** Where the slot dies: with which of the messages that it gets in the batch. */
interface Death {
  readonly slot: number;
  readonly message: number;
}

/** Runs a job with two outputs on two slots. @param looks how the first one looks at the state's batch */
async function run(looks: 'collects' | 'takes' | 'not at all', death: Death | null) {
  const clock = new ManualClock();
  let messages = 0;
  const backend = mortalSlots(2, (slot, { time }) => {
    if (time !== FATAL || slot.slot !== death?.slot) return;
    messages += 1;
    if (messages === death.message) throw slot.die();
  });
  const ssc = new StreamingContext(backend, seconds(1), {
    clock,
    warn: () => {},
    checkpoint: memoryStore(),
    defaultParallelism: PARTITIONS,
  });
  // All of it moves to another slot, and back.
  forcePlacement(ssc, (_, time, table) => table.map((__, bucket) => (bucket + (time === FATAL ? 1 : 0)) % PARTITIONS));
  const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
  const count = (key: number, n: number | null, state: State<number>): [number, number] => {
    seen.add(1);
    state.update((state.getOption() ?? 0) + (n ?? 0));
    return [key, state.get()];
  };
  const numbers = ssc.queueStream([...BATCHES], { numPartitions: 2 });
  const sums = numbers
    .map((n): [number, number] => [n % 13, n])
    .mapWithState(StateSpec.function(count), { name: 'sums' });
  const out: string[] = [];
  sums.foreachRDD(
    async (rdd) => {
      if (looks === 'collects') out.push(...(await rdd.collect()).map(String).sort());
      if (looks === 'takes') await rdd.take(1);
    },
    { name: 'out' },
  );
  numbers.map((n) => -n).foreachRDD((rdd) => rdd.count().then(() => {}), { name: 'negatives' });
  await ssc.start();
  await runBatches(ssc, clock, BATCHES.length);
  const failure = await ssc.awaitTerminationOrTimeout(0).then(
    () => null,
    (e: unknown) => e,
  );
  const state = [...(await ssc.state('sums').entries({ limit: 100 }))].map(String).sort();
  await ssc.stop();
  return { outcome: { out, failure, seen: seen.value, state }, died: death !== null && messages >= death.message };
}

test.each(['collects', 'takes', 'not at all'] as const)(
  'a slot that dies at any message of a batch that moves state does no harm; the output %s',
  async (looks) => {
    const plain = await run(looks, null);
    expect(plain.outcome).toMatchObject({ failure: null, seen: 80 });
    expect(plain.outcome.state.length).toBe(13);
    for (const slot of [0, 1]) {
      let message = 1;
      for (; ; message++) {
        const { outcome, died } = await run(looks, { slot, message });
        if (!died) break;
        expect(outcome, `slot ${slot}, message ${message}`).toEqual(plain.outcome);
      }
      expect(message).toBeGreaterThan(3);
    }
  },
);
