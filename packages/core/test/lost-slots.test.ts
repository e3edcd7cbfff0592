import { expect, test } from 'vitest';
import {
  type Accumulator,
  type BatchInfo,
  type ContextOptions,
  type DStream,
  memoryStore,
  milliseconds,
  StreamingContext,
  seconds,
} from '../src/index.ts';
import { ManualClock, runBatches } from '../src/testing/index.ts';
import { mortalSlots, type OnTasks } from './mortal-slots.ts';

const BATCHES = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
];
/** The batch in which a slot dies. */
const FATAL = 2000;
const speculation = { quantile: 0.5, minTaskTime: milliseconds(100), interval: milliseconds(10) };

type Job = (numbers: DStream<number>, out: unknown[], seen: Accumulator<number>) => void;

/** Runs three batches; what the job's output has seen, and what became of it. */
async function run(job: Job, onTasks: (clock: ManualClock) => OnTasks, options: ContextOptions = {}) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(mortalSlots(2, onTasks(clock)), seconds(1), {
    clock,
    warn: () => {},
    checkpoint: memoryStore(),
    ...options,
  });
  const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
  const numbers = ssc.queueStream([...BATCHES], { numPartitions: 2 });
  const out: unknown[] = [];
  const infos: BatchInfo[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => infos.push(batchInfo) });
  job(numbers, out, seen);
  await ssc.start();
  await runBatches(ssc, clock, BATCHES.length);
  const failure = await ssc.awaitTerminationOrTimeout(0).then(
    () => null,
    (e: unknown) => e,
  );
  await ssc.stop();
  return { out, failure, seen: seen.value, infos };
}

/** The sum of each key so far. Counts the numbers. */
const totals = (numbers: DStream<number>, seen: Accumulator<number>) =>
  numbers
    .map((n): [number, number] => {
      seen.add(1);
      return [n % 3, n];
    })
    .updateStateByKey((values: readonly number[], sum: number | null) => values.reduce((a, b) => a + b, sum ?? 0), {
      name: 'totals',
    });

const collectInto = (stream: DStream<unknown>, out: unknown[], name: string) =>
  stream.foreachRDD(
    async (rdd) => {
      out.push(await rdd.collect());
    },
    { name },
  );

test('a slot that dies in a race that its copy has won gets its state back before its next task', async () => {
  const job: Job = (numbers, out, seen) => collectInto(totals(numbers, seen), out, 'out');
  const plain = await run(job, () => () => {}, { speculation });
  let deaths = 0;
  const { out, failure, seen, infos } = await run(
    job,
    (clock) => async (slot, request) => {
      if (slot.slot !== 1 || request.time !== FATAL || deaths > 0) return;
      deaths += 1;
      const won = new Promise((resolve) => request.stop?.signal.addEventListener('abort', resolve));
      void clock.advance(150);
      await won;
      throw slot.die();
    },
    { speculation },
  );
  expect(failure).toBeNull();
  expect(out).toEqual(plain.out);
  expect([seen, deaths]).toEqual([12, 1]);
  expect(infos[1].tasks?.speculativeTasksWon).toBe(1);
});

/** The slot dies with the first message of another output after its state has gone on to this batch. */
const diesAfterTheState = (): OnTasks => {
  let changed = false;
  let dead = false;
  return (slot, request) => {
    if (slot.slot !== 1 || request.time !== FATAL || dead) return;
    const changes = JSON.stringify(request.tasks.map(({ program }) => program)).includes('"totals"');
    dead = changed && !changes;
    changed ||= changes;
    if (dead) throw slot.die();
  };
};

test.each([
  ['collected', (sums, out) => collectInto(sums, out, 'sums')],
  ['not kept', (sums, out) => sums.foreachPartition((sum) => void out.push([...sum]), { name: 'sums' })],
] satisfies [string, (sums: DStream<unknown>, out: unknown[]) => void][])(
  'state that dies with its slot in a later output is there when its batch is committed, and has counted once; %s',
  async (_, look) => {
    const job: Job = (numbers, out, seen) => {
      look(totals(numbers, seen), out);
      const negatives = numbers.map((n) => -n);
      negatives.foreachRDD((rdd) => rdd.count().then(() => {}), { name: 'negatives' });
    };
    const plain = await run(job, () => () => {});
    const { out, failure, seen } = await run(job, diesAfterTheState);
    expect(failure).toBeNull();
    expect(out).toEqual(plain.out);
    expect(seen).toBe(plain.seen);
  },
);

test('state that dies with its slot after the slot has said what the batch did to it is there for the next batch', async () => {
  // A job of one output: slots are asked while it runs.
  const job: Job = (numbers, out, seen) =>
    totals(numbers, seen).foreachRDD(
      async (rdd, time) => {
        out.push(await rdd.collect());
        // The slot dies with this, which does not look at the state.
        for (const batch of numbers.slice(time, time)) out.push(await batch.map((n) => -n).collect());
      },
      { name: 'out' },
    );
  const plain = await run(job, () => () => {});
  const { out, failure, seen } = await run(job, diesAfterTheState);
  expect(failure).toBeNull();
  expect(out).toEqual(plain.out);
  expect(seen).toBe(plain.seen);
});
