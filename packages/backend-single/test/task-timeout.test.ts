import { isMillraceError, milliseconds, StreamingContext, seconds } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { single } from '../src/index.ts';

/** A job whose records wait for what never comes, so often. */
async function run(times: number, maxTaskFailures: number) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), {
    clock,
    warn: () => {},
    taskTimeout: milliseconds(100),
    maxTaskFailures,
  });
  const aborted: number[] = [];
  const out: number[][] = [];
  let stuck = 0;
  ssc
    .queueStream([[1, 2], [3]], { numPartitions: 1 })
    .mapAsync(
      (n, { signal }) => {
        if (n !== 1 || stuck >= times) return n;
        stuck += 1;
        signal.addEventListener('abort', () => aborted.push(n));
        return new Promise<number>(() => {});
      },
      { name: 'asks' },
    )
    .foreachRDD(async (rdd) => {
      out.push(await rdd.collect());
    });
  await ssc.start();
  await clock.advance(1000);
  for (let i = 0; i < times; i++) {
    while (stuck === i) await clock.breathe();
    await clock.advance(150);
  }
  await ssc.awaitIdle();
  await clock.setTo(2000);
  await ssc.awaitIdle();
  const failure = await ssc.awaitTerminationOrTimeout(0).then(
    () => null,
    (e: unknown) => e,
  );
  await ssc.stop();
  return { out, failure, aborted, pending: clock.pending };
}

test('a task that waits too long is given up with its calls, and runs again', async () => {
  const { out, failure, aborted, pending } = await run(1, 2);
  expect(failure).toBeNull();
  expect(out).toEqual([[1, 2], [3]]);
  expect(aborted).toEqual([1]);
  expect(pending).toBe(0);
});

test('or fails its batch, and the job goes on', async () => {
  const { out, failure } = await run(1, 1);
  expect(isMillraceError(failure, 'MR_TASK_TIMEOUT')).toBe(true);
  expect((failure as Error).message).toContain('asks');
  expect(out).toEqual([[3]]);
});

test('a task that yields too late is ended at its next slice', async () => {
  let late = 0;
  const manual = new ManualClock();
  /** Time also goes on while a function holds the thread. */
  const clock = {
    now: () => manual.now(),
    elapsed: () => manual.elapsed() + late,
    at: (time: number, callback: () => void) => manual.at(time, callback),
    breathe: () => manual.breathe(),
  };
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {}, taskTimeout: milliseconds(100) });
  let calls = 0;
  ssc
    .queueStream([Array.from({ length: 10_000 }, (_, i) => i)], { numPartitions: 1 })
    .map((n) => {
      calls += 1;
      late += 1;
      return n;
    })
    .foreachRDD(async (rdd) => void (await rdd.collect()));
  await ssc.start();
  await manual.advance(1000);
  await ssc.awaitIdle();
  await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toMatchObject({ code: 'MR_TASK_TIMEOUT' });
  expect(calls).toBeGreaterThan(100);
  expect(calls).toBeLessThan(1000);
  await ssc.stop();
});
