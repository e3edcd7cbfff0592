import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import type { CheckpointOptions } from './context-options.ts';
import { InputDStream } from './input-dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** The next number of a row that outlives the job. */
class Numbers extends InputDStream<number> {
  static next = 0;

  compute(): number[] {
    return [Numbers.next++];
  }
}

/** A receiver that a test feeds. */
class Fed extends Receiver<number> {
  onStart() {}
  onStop() {}
}

/** A job that shows what its batches have, and how many records there were in all. */
async function job(
  store: CheckpointStore,
  fromMs: number,
  options: CheckpointOptions = {},
  logDir: string | null = null,
) {
  const clock = new ManualClock(fromMs);
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w) });
  ssc.checkpoint(store, { writeAheadLog: logDir === null ? false : { dir: logDir }, ...options });
  const receiver = new Fed();
  const numbers =
    logDir === null ? new Numbers(ssc, { name: 'numbers' }) : ssc.receiverStream(receiver, { name: 'numbers' });
  const seen: [time: number, records: number[], total?: number][] = [];
  numbers.foreachRDD(async (rdd, time) => void seen.push([time.milliseconds, await rdd.collect()]), { name: 'show' });
  numbers
    .map((n) => ['all', n] as [string, number])
    .updateStateByKey((ns: number[], n: number | null) => (n ?? 0) + ns.length, { name: 'totals' })
    .foreachRDD(async (rdd) => void (seen.at(-1) as unknown[]).push((await rdd.collect())[0]?.[1] ?? 0), {
      name: 'sum',
    });
  await ssc.start();
  await ssc.awaitIdle();
  return { clock, ssc, receiver, seen, warnings };
}

test('set back between two runs: batch times go on behind the last one, when the clock gets there', async () => {
  Numbers.next = 0;
  const store = memoryStore();
  const all: unknown[] = [];
  const run = async (fromMs: number, batches: number) => {
    const { ssc, clock, seen, warnings } = await job(store, fromMs);
    await runBatches(ssc, clock, batches);
    await ssc.stop();
    all.push(...seen);
    return { times: seen.map(([time]) => time), warnings };
  };
  expect(await run(0, 5)).toEqual({ times: [1000, 2000, 3000, 4000, 5000], warnings: [] });
  expect(await run(2000, 6)).toEqual({
    times: [6000, 7000, 8000],
    warnings: [
      'The clock shows 1970-01-01T00:00:02.000Z, which is 3000 ms before the last batch time of the run before. ' +
        'No batch time comes twice: the next one is 1970-01-01T00:00:06.000Z, when the clock gets there.',
    ],
  });
  // Before the job began at all.
  expect((await run(-90_000, 98)).times).toEqual([]);
  expect(await run(8000, 1)).toEqual({ times: [9000], warnings: [] });
  expect(all).toEqual(Array.from({ length: 9 }, (_, i) => [(i + 1) * 1000, [i], i + 1]));
});

test('set back between two runs: what receivers store until then belongs to the first new batch', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-set-back-'));
  try {
    const store = memoryStore();
    const first = await job(store, 0, {}, dir);
    for (const n of [1, 2, 3]) {
      await first.receiver.storeMany([n]);
      await runBatches(first.ssc, first.clock, 1);
    }
    await first.receiver.storeMany([4]);
    await first.ssc.stop();
    const second = await job(store, 500, {}, dir);
    await second.receiver.storeMany([5]);
    await second.clock.advance(2000);
    await second.receiver.storeMany([6]);
    await second.ssc.stop();
    expect(second.seen).toEqual([]);
    const third = await job(store, 1000, {}, dir);
    await third.receiver.storeMany([7]);
    await third.clock.setTo(4000);
    await third.ssc.awaitIdle();
    // A graceful stop does not wait for the clock.
    await third.receiver.storeMany([8]);
    await third.ssc.stop({ graceful: true });
    expect([...first.seen, ...third.seen]).toEqual([
      [1000, [1], 1],
      [2000, [2], 2],
      [3000, [3], 3],
      [4000, [4, 5, 6, 7], 7],
      [5000, [8], 8],
    ]);
    const fourth = await job(store, 4000, {}, dir);
    await fourth.receiver.storeMany([9]);
    await fourth.ssc.stop({ graceful: true });
    expect([fourth.seen, fourth.warnings]).toEqual([[[6000, [9], 9]], []]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('set back after times were left out: they stay left out, and nothing that is stored goes with them', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-set-back-'));
  try {
    const store = memoryStore();
    const first = await job(store, 0, {}, dir);
    await runBatches(first.ssc, first.clock, 2);
    await first.ssc.stop();
    // Ends before it has a batch.
    await (await job(store, 9500, { missedBatches: 'skip' }, dir)).ssc.stop();
    for (const fromMs of [4000, 9500]) {
      const { ssc, receiver, clock, seen } = await job(store, fromMs, {}, dir);
      await receiver.storeMany([fromMs]);
      await clock.setTo(fromMs === 4000 ? 9500 : 10_000);
      await ssc.awaitIdle();
      await ssc.stop();
      expect(seen).toEqual(fromMs === 4000 ? [] : [[10_000, [4000, 9500], 2]]);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('set back while the job runs: no time comes twice, and it is said', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-set-back-'));
  try {
    const { ssc, clock, receiver, seen, warnings } = await job(memoryStore(), 0, {}, dir);
    for (const n of [1, 2, 3]) {
      await receiver.storeMany([n]);
      await runBatches(ssc, clock, 1);
    }
    await clock.setBack(2500);
    for (const n of [4, 5, 6]) {
      await receiver.storeMany([n]);
      await runBatches(ssc, clock, 1);
    }
    await receiver.storeMany([7]);
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    expect(seen).toEqual([
      [1000, [1], 1],
      [2000, [2], 2],
      [3000, [3], 3],
      [4000, [4, 5, 6, 7], 7],
    ]);
    expect(warnings).toEqual([
      'The clock was set back by 2500 ms. No batch time comes twice: the next one is 1970-01-01T00:00:04.000Z, when the clock gets there.',
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
