import { expect, test } from 'vitest';
import type { DStream } from '../api/dstream/dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { milliseconds, seconds } from '../api/time.ts';
import { using } from '../api/using.ts';
import { isMillraceError, type MillraceError } from '../errors/index.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { backoffMs } from '../schedule/backoff.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { runOperation } from '../testing/test-operation.ts';
import { TestSource } from '../testing/test-source.ts';
import { activeTask } from './context.ts';

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The clock of the test that runs. */
let clockOfTest: ManualClock;

/** A number after that many ms. */
function later(n: number): Promise<number> {
  return new Promise((resolve) => clockOfTest.at(clockOfTest.now() + n, () => resolve(n)));
}

/** A job of one partition whose clock the test moves. */
async function started<U>(records: readonly number[], build: (stream: DStream<number>) => DStream<U>) {
  const clock = new ManualClock();
  clockOfTest = clock;
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const outputs = collectOutputs(build(new TestSource(ssc, [records], { numPartitions: 1 })));
  await ssc.start();
  await clock.advance(1000);
  /** Lets the clock run until the batch is done; how far that was, in ms. */
  const finish = async () => {
    let idle = false;
    const done = ssc.awaitIdle().then(() => {
      idle = true;
    });
    const from = clock.now();
    while (!idle) await clock.advance(1);
    await done;
    const took = clock.now() - from;
    await ssc.stop();
    const failure = await ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e as MillraceError,
    );
    return { records: outputs.flatMap((o) => o.records), failure, took };
  };
  return { clock, ssc, finish };
}

test('so many calls run at once, and results keep the order of the records', async () => {
  let running = 0;
  let most = 0;
  const outputs = await runOperation(
    [numbers(50)],
    (stream) =>
      stream.mapAsync(
        async (n) => {
          running += 1;
          most = Math.max(most, running);
          for (let turns = (n * 7) % 5; turns >= 0; turns--) await null;
          running -= 1;
          return n * 2;
        },
        { concurrency: 4 },
      ),
    { numInputPartitions: 1 },
  );
  expect(most).toBe(4);
  expect(outputs[0]?.records).toEqual(numbers(50).map((n) => n * 2));
});

test('unordered results come in the order in which calls end', async () => {
  const { finish } = await started([30, 10, 20], (stream) => stream.mapAsync(later, { ordered: false }));
  expect((await finish()).records).toEqual([10, 20, 30]);
  const kept = await started([30, 10, 20], (stream) =>
    stream.filterAsync(async (n) => (await later(n)) !== 20, { ordered: false }),
  );
  expect((await kept.finish()).records).toEqual([10, 30]);
});

test('a call that takes too long is aborted, tried again and then given up', async () => {
  const seen: string[] = [];
  const job = await started([1], (stream) =>
    stream.mapAsync(
      (_n, { signal, attempt }) => {
        signal.addEventListener('abort', () => seen.push(`aborted ${attempt}`));
        return new Promise(() => {});
      },
      { timeout: milliseconds(50), retries: 2, backoff: { initial: 10, max: 10 }, name: 'asking' },
    ),
  );
  const { failure, took } = await job.finish();
  expect(seen).toEqual(['aborted 1', 'aborted 2', 'aborted 3']);
  expect(isMillraceError(failure, 'MR_ASYNC_TIMEOUT')).toBe(true);
  expect(failure?.details).toMatchObject({ operator: 'asking', timeoutMs: 50, attempt: 3, partition: 0 });
  expect(took).toBeGreaterThanOrEqual(150);
  expect(took).toBeLessThanOrEqual(180);
  expect(job.clock.pending).toBe(0);
});

test('a call that fails is tried again, after waits that are the same in every run', async () => {
  const run = async () => {
    const waits: number[] = [];
    let last = 0;
    const { finish } = await started([7], (stream) =>
      stream.mapAsync(
        async (n, { attempt }) => {
          if (attempt > 1) waits.push(clockOfTest.now() - last);
          last = clockOfTest.now();
          if (attempt < 5) throw new Error(`attempt ${attempt}`);
          return n + attempt;
        },
        { retries: 4, backoff: { initial: 100, max: 400 }, timeout: seconds(100) },
      ),
    );
    const { records, failure } = await finish();
    expect(failure).toBeNull();
    expect(records).toEqual([12]);
    expect(clockOfTest.pending).toBe(0);
    return waits;
  };
  const first = await run();
  expect(first).toHaveLength(4);
  for (const [i, wait] of first.entries()) expect(wait).toBeLessThanOrEqual(Math.min(400, 100 * 2 ** i));
  expect(new Set(first).size).toBeGreaterThan(1);
  expect(await run()).toEqual(first);
});

test('when a record has failed no new calls begin and the others are aborted', async () => {
  const begun: number[] = [];
  const aborted: number[] = [];
  const { finish } = await started(numbers(10), (stream) =>
    stream.mapAsync(
      async (n, { signal }) => {
        begun.push(n);
        if (n === 1) {
          await later(5);
          throw new RangeError('one is bad');
        }
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted.push(n);
            reject(signal.reason);
          }),
        );
      },
      { concurrency: 3, name: 'asking' },
    ),
  );
  const { failure, took } = await finish();
  expect(begun).toEqual([0, 1, 2]);
  expect(aborted).toEqual([0, 2]);
  expect(failure).toMatchObject({ code: 'MR_TASK_FAILED', details: { operator: 'asking', partition: 0 } });
  expect(failure).toHaveProperty('cause.name', 'RangeError');
  expect(took).toBeLessThan(20);
});

test('a record that has failed for good ends the wait of another before its next attempt', async () => {
  const { clock, finish } = await started([0, 1], (stream) =>
    stream.mapAsync(
      async (n, { attempt }) => {
        if (n === 0) throw new Error(`again ${attempt}`);
        // Fails for good while the other one waits a long time for its second attempt.
        await later(3);
        throw new Error('for good', { cause: attempt });
      },
      { retries: 1, backoff: { initial: 100_000, max: 100_000 } },
    ),
  );
  const { failure, took } = await finish();
  expect(failure?.code).toBe('MR_TASK_FAILED');
  const both = waitsOf([0, 1]);
  expect(took).toBeLessThan(Math.max(...both));
  expect(took).toBeGreaterThanOrEqual(Math.min(...both));
  expect(clock.pending).toBe(0);
});

/** The first waits of records, as they follow from what names them. */
function waitsOf(indices: readonly number[]): number[] {
  return indices.map((i) =>
    backoffMs(1, { initialMs: 100_000, maxMs: 100_000 }, seededRandom(`mapAsync-1@1000/0/0/${i}`)),
  );
}

test('broadcasts and accumulators belong to the task after an await', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const factor = ssc.broadcast('factor', () => 10);
  const sum = ssc.accumulator('sum', 0, (a, b) => a + b);
  const source = new TestSource(ssc, [[1, 2], [3]], { numPartitions: 2 });
  const out = collectOutputs(
    source.mapAsync(async (n) => {
      await ssc.clock.breathe();
      sum.add(n);
      return [activeTask()?.time, n * factor.value];
    }),
  );
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  expect(out.map((o) => o.records)).toEqual([
    [
      [1000, 10],
      [1000, 20],
    ],
    [[2000, 30]],
  ]);
  expect(sum.value).toBe(6);
});

test('a client that cannot be opened fails the task, and the next one tries again', async () => {
  let opened = 0;
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const client = using(async () => {
    opened += 1;
    if (opened === 1) throw new Error('nobody answers');
    return opened;
  });
  const out = collectOutputs(
    new TestSource(ssc, [[1], [2], [], [3]], { numPartitions: 1 }).mapAsync(async (n, call) => [n, call.client], {
      using: client,
    }),
  );
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await ssc.stop();
  await expect(ssc.awaitTermination()).rejects.toThrow('nobody answers');
  expect(out.map((o) => o.records)).toEqual([[[2, 2]], [], [[3, 2]]]);
  expect(opened).toBe(2);
});

test('it works on batches, in transform and on the driver', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const client = using(
    () => ({ open: true }),
    (c) => {
      c.open = false;
    },
  );
  const seen: unknown[] = [];
  new TestSource(ssc, [[1, 2, 3]], { numPartitions: 2 })
    .transform((rdd) => rdd.mapAsync(async (n, call) => [n, call.client.open] as const, { using: client }))
    .foreachRDD(async (rdd) => {
      const odd = rdd.filterAsync(async ([n]) => n % 2 === 1);
      seen.push(await odd.mapAsync(async ([n, open], call) => [n, open, call.client], { using: client }).collect());
    });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  // The driver's client is another one, closed as well.
  const closed = { open: false };
  expect(seen).toEqual([
    [
      [1, true, closed],
      [3, true, closed],
    ],
  ]);
});

test.each([
  [{ concurrency: 0 }, 'mapAsync: concurrency'],
  [{ retries: -1 }, 'mapAsync: retries'],
  [{ timeout: 0.5 }, 'mapAsync: timeout'],
  [{ ordered: 'yes' }, 'mapAsync: ordered'],
  [{ backoff: { inital: 5 } }, 'mapAsync: backoff: inital'],
  [{ backoff: { initial: -5 } }, 'mapAsync: backoff: initial'],
  [{ using: () => {} }, 'mapAsync: using'],
  [{ retry: 3 }, 'mapAsync: retry'],
])('the options %o are refused', (options, named) => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [[1]]);
  expect(() => stream.mapAsync((n) => n, options as never)).toThrow(named);
  expect(() => stream.mapAsync('f' as never)).toThrow('needs a function');
});
