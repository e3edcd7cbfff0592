import { milliseconds, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { describe, expect, it } from 'vitest';
import { single } from '../src/index.ts';

function context() {
  const clock = new ManualClock();
  return { clock, ssc: new StreamingContext(single(), seconds(1), { clock, defaultParallelism: 2 }) };
}

describe('closures on RDDs inside foreachRDD', () => {
  it('read broadcasts in the version of the batch and add to accumulators', async () => {
    const { clock, ssc } = context();
    const factor = ssc.broadcast('factor', () => 10);
    const seen = ssc.accumulator('seen', 0, (a: number, b: number) => a + b);
    const out: number[][] = [];
    ssc.queueStream([[1, 2], [3]]).foreachRDD(async (rdd) => {
      const scaled = rdd.map((n) => {
        seen.add(1);
        return n * factor.value;
      });
      out.push(await scaled.collect());
    });
    await ssc.start();
    await runBatches(ssc, clock, 1);
    factor.update(100);
    await runBatches(ssc, clock, 1);
    expect(out).toEqual([[10, 20], [300]]);
    expect(seen.value).toBe(3);
    await ssc.stop();
  });

  it('are computed by take only as far as it needs', async () => {
    const { clock, ssc } = context();
    const mapped: number[] = [];
    const taken: number[][] = [];
    ssc.queueStream([[1, 2, 3, 4, 5, 6, 7, 8]], { numPartitions: 4 }).foreachRDD(async (rdd) => {
      const derived = rdd.map((n) => {
        mapped.push(n);
        return n;
      });
      taken.push(await derived.take(3));
      taken.push(await derived.sortBy((n) => -n).take(3));
    });
    await ssc.start();
    await runBatches(ssc, clock, 1);
    expect(taken).toEqual([
      [1, 2, 3],
      [8, 7, 6],
    ]);
    // Two of four partitions for the first; the sort reads all, for its sample and for itself.
    expect(mapped.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(mapped.length).toBe(4 + 2 * 8);
    await ssc.stop();
  });

  it('may stop the context without waiting for themselves', async () => {
    const { clock, ssc } = context();
    const batches: number[] = [];
    ssc.queueStream([[1], [2], [3]]).foreachRDD(async (_rdd, time) => {
      batches.push(time.milliseconds);
      if (batches.length === 2) await ssc.stop();
    });
    await ssc.start();
    await clock.advance(5000);
    await ssc.awaitTermination();
    expect(batches).toEqual([1000, 2000]);
    expect(ssc.getState()).toBe('STOPPED');
  });
});

describe('slice', () => {
  it('reads broadcasts and counts what tasks add', async () => {
    const { clock, ssc } = context();
    const factor = ssc.broadcast('factor', () => 10);
    ssc.remember(seconds(5));
    const scaled = ssc.queueStream([[1], [2], [3]]).map((n) => n * factor.value);
    scaled.foreachRDD(() => {});
    await ssc.start();
    await runBatches(ssc, clock, 3);
    const { Time } = await import('@millrace/core');
    const rdds = scaled.slice(new Time(1000), new Time(2500));
    expect(await Promise.all(rdds.map((rdd) => rdd.collect()))).toEqual([[10], [20]]);
    await ssc.stop();
  });
});

describe('durations', () => {
  it('below a second are batch intervals like others', async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext(single(), milliseconds(5), { clock });
    const times: number[] = [];
    ssc.queueStream([[1], [2]]).foreachRDD((_rdd, time) => void times.push(time.milliseconds));
    await ssc.start();
    await runBatches(ssc, clock, 2);
    expect(times).toEqual([5, 10]);
    await ssc.stop();
  });
});
