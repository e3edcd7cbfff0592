import { Time } from '@millrace/core';
import { delay, seededRandom } from '@millrace/core/connector';
import { ManualClock, registerCases } from '@millrace/core/testing';
import { type MemoryFate, MemoryKafka } from '@millrace/kafka/testing';
import { describe, expect, it, test } from 'vitest';
import { Lanes } from '../src/kafka/lanes.ts';
import { transactionalTargetConformance } from '../src/testing/index.ts';
import { writeOnce } from '../src/transactional/write-once.ts';
import { failingKafka, numbersIn, numbersTarget, Worker } from './kafka-kit.ts';

/* Transactions against a Kafka in memory, which fails at any step. Against a real one: test/integration/kafka-sink.test.ts. */

const options = { chunkSize: 2, retries: 50, backoff: { initialMs: 100, maxMs: 1000 } };

/** Moves a clock on until something is done. */
async function finished<R>(clock: ManualClock, work: Promise<R>): Promise<R> {
  let done = false;
  const watched = work.finally(() => {
    done = true;
  });
  watched.catch(() => {});
  while (!done) await clock.advance(50);
  return watched;
}

registerCases(
  'a Kafka in memory',
  transactionalTargetConformance(() => {
    const kafka = new MemoryKafka({ numbers: 3 });
    return { target: numbersTarget(kafka), record: (i: number) => i, rows: () => numbersIn(kafka) };
  }),
  { describe, it },
);

test('brokers that are lost at any step, or whose answer is, lose and repeat nothing', async () => {
  let steps = 0;
  for (const fate of ['before', 'after'] as const) {
    for (let a = 0; a < 16; a++) {
      for (let b = a + 1; b < 17; b++) {
        const kafka = failingKafka({ numbers: 3 }, (_step, n): MemoryFate => (n === a || n === b ? fate : null));
        const clock = new ManualClock();
        const worker = new Worker(clock);
        const target = numbersTarget(kafka);
        const at = (batch: number) => worker.at({ time: new Time(1000 * batch) });
        const write = async () => [
          await writeOnce(target, [1, 2, 3].values(), at(1), options),
          await writeOnce(target, [4, 5].values(), at(2), options),
        ];
        const receipts = await finished(clock, write());
        expect(
          receipts.map(({ records }) => records),
          `${fate} ${a} ${b}`,
        ).toEqual([3, 2]);
        expect(numbersIn(kafka), `${fate} ${a} ${b}`).toEqual([1, 2, 3, 4, 5]);
        await worker.close();
        expect([kafka.openPorts, kafka.openProducers, clock.pending], `${fate} ${a} ${b}`).toEqual([0, 0, 0]);
        steps = Math.max(steps, kafka.requests.length);
      }
    }
  }
  // All of them were struck.
  expect(steps).toBeGreaterThan(16);
});

test('workers that write the same batches at the same time while brokers are lost: each record is there once', async () => {
  const seed = process.env['SEED'] ?? String(Math.floor(Math.random() * 1e6));
  for (let round = 0; round < 150; round++) {
    const random = seededRandom(`${seed} ${round}`);
    const rate = random() * 0.15;
    const kafka = failingKafka({ numbers: 2 }, () => (random() < rate ? (random() < 0.5 ? 'before' : 'after') : null));
    const clock = new ManualClock();
    const target = numbersTarget(kafka);
    const batches = 4;
    const run = async (worker: Worker) => {
      for (let b = 0; b < batches; b++) {
        const write = (partition: number) => {
          const at = worker.at({ time: new Time(1000 * (b + 1)), partition, numPartitions: 2 });
          const from = 10 * b + 5 * partition;
          return writeOnce(target, [from, from + 1, from + 2, from + 3, from + 4].values(), at, options);
        };
        await Promise.all([write(0), write(1)]);
      }
    };
    const workers = [new Worker(clock), new Worker(clock)];
    await finished(clock, Promise.all(workers.map(run)));
    expect(numbersIn(kafka), `SEED=${seed}, round ${round}`).toEqual(Array.from({ length: 10 * batches }, (_, i) => i));
    for (const worker of workers) await worker.close();
    expect([kafka.openPorts, kafka.openProducers], `SEED=${seed}, round ${round}`).toEqual([0, 0]);
  }
});

test('two who write the same for a long time do not go on fencing each other', async () => {
  const kafka = new MemoryKafka({ numbers: 1 });
  const clock = new ManualClock();
  kafka.slow = async (step) => {
    if (step === 'send') await delay(clock, 1000);
  };
  const target = numbersTarget(kafka);
  const few = { ...options, retries: 6, backoff: { initialMs: 10, maxMs: 20 } };
  const workers = [new Worker(clock), new Worker(clock)];
  const records = Array.from({ length: 10 }, (_, i) => i);
  const writing = workers.map((worker) => writeOnce(target, records.values(), worker.at(), few));
  expect((await finished(clock, Promise.all(writing))).map((receipt) => receipt.records)).toEqual([10, 10]);
  expect(numbersIn(kafka)).toEqual(records);
  for (const worker of workers) await worker.close();
});

test('who was fenced because the transaction took too long does not wait for another writer', async () => {
  const kafka = new MemoryKafka({ numbers: 1 });
  const clock = new ManualClock();
  let slow = true;
  kafka.slow = async (step) => {
    if (step !== 'send' || !slow) return;
    slow = false;
    await delay(clock, 70_000);
    // As the brokers do: an epoch that nobody has.
    const nobody = { transactionalId: 'millrace.job.stored.0', transactionTimeoutMs: 1, compression: 'none' } as const;
    await (await kafka.connect()).producer(nobody);
  };
  const worker = new Worker(clock);
  const receipt = await finished(clock, writeOnce(numbersTarget(kafka), [1, 2].values(), worker.at(), options));
  expect([receipt.records, numbersIn(kafka)]).toEqual([2, [1, 2]]);
  expect(clock.elapsed()).toBeLessThan(72_000);
  await worker.close();
});

test('as long as nothing happens, a transaction asks for nothing', async () => {
  const kafka = new MemoryKafka({ numbers: 3 });
  const worker = new Worker(new ManualClock());
  const target = numbersTarget(kafka);
  await writeOnce(target, [1], worker.at(), options);
  kafka.requests.length = 0;
  await writeOnce(target, [2, 3, 4], worker.at({ time: new Time(2000) }), options);
  await writeOnce(target, [], worker.at({ time: new Time(3000) }), options);
  const nothing = ['begin', 'send offsets', 'commit'];
  expect(kafka.requests).toEqual(['begin', 'send', 'send', 'send offsets', 'commit', ...nothing]);
});

test('batches in any order and again: of the last hundred it is known, those before count as written', async () => {
  const kafka = new MemoryKafka({ numbers: 1 });
  const worker = new Worker(new ManualClock());
  const target = numbersTarget(kafka);
  const batch = (n: number) => worker.at({ time: new Time(1e14 + n), numPartitions: 10_000 });
  const order = Array.from({ length: 250 }, (_, i) => (i % 2 === 0 ? i + 1 : i - 1));
  for (const n of order) await writeOnce(target, [n], batch(n), options);
  expect(numbersIn(kafka)).toEqual([...order].sort((a, b) => a - b));
  // Another worker knows it from Kafka alone.
  await worker.close();
  for (const n of order) await writeOnce(target, [1000 + n], batch(n), options);
  expect(numbersIn(kafka)).toHaveLength(250);
  expect(kafka.openProducers).toBe(0);
  await worker.close();
});

test('lanes that were not used for long give up their producers, others do not', async () => {
  const kafka = new MemoryKafka({ numbers: 1 });
  const port = await kafka.connect();
  const reached = { port, ask: <R>(question: () => Promise<R>) => question() };
  const lanes = new Lanes('numbers', 2);
  const producer = { compression: 'none', transactionTimeoutMs: 1000 } as const;
  const of = (partition: number) => lanes.of({ job: 'job', output: 'stored', partition });
  const release = await of(0).turn();
  for (const partition of [0, 1, 2, 3]) await of(partition).own(reached, producer);
  // The first one writes, the last one was used last.
  expect(kafka.openProducers).toBe(2);
  expect([of(0).known === null, of(3).known === null]).toEqual([false, false]);
  release();
  expect(of(1).known).toBeNull();
  await lanes.close();
  expect(kafka.openProducers).toBe(0);
});

test('a batch that comes back with fewer partitions finds those that were written, also where none is the same', async () => {
  const kafka = new MemoryKafka({ numbers: 1 });
  const [before, after] = [new Worker(new ManualClock()), new Worker(new ManualClock())];
  const target = numbersTarget(kafka);
  const time = new Time(5000);
  await writeOnce(target, [1], before.at({ time, partition: 4, numPartitions: 5 }), options);
  const fewer = writeOnce(target, [1], after.at({ time, partition: 0, numPartitions: 2 }), options);
  await expect(fewer).rejects.toMatchObject({ code: 'MR_SINK_LAYOUT' });
  // Other batches may have any number.
  await writeOnce(target, [2], after.at({ time: new Time(6000), partition: 0, numPartitions: 2 }), options);
  await writeOnce(target, [3], after.at({ time: new Time(7000), partition: 0, numPartitions: 1 }), options);
  await writeOnce(target, [4], before.at({ time: new Time(6000), partition: 1, numPartitions: 2 }), options);
  expect(numbersIn(kafka)).toEqual([1, 2, 3, 4]);
});
