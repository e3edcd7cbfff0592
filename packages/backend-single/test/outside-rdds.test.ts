import { type DStream, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { describe, expect, it } from 'vitest';
import { single } from '../src/index.ts';

function context(warnings: string[] = []) {
  const clock = new ManualClock();
  return { clock, ssc: new StreamingContext(single(), seconds(1), { clock, warn: (w) => warnings.push(w) }) };
}

describe('RDDs made before start', () => {
  it('are used in transform and by actions in foreachRDD, and by none before', async () => {
    const { clock, ssc } = context();
    const table = ssc.parallelize([1, 2]).map((n) => n * 10);
    const seen: unknown[] = [];
    ssc.queueStream([[5]]).foreachRDD(async (rdd) => {
      seen.push(await table.map((n) => n + 1).collect(), await rdd.union(table).count());
    });
    ssc
      .queueStream([[5]])
      .transform((rdd) => rdd.union(table))
      .foreachRDD(async (rdd) => void seen.push(await rdd.collect()));
    expect(() => table.collect()).toThrow(expect.objectContaining({ code: 'MR_NOT_INITIALIZED' }));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    expect(seen).toEqual([[11, 21], 3, [5, 10, 20]]);
    await ssc.stop();
  });

  it('of another context are refused', async () => {
    const { clock, ssc } = context();
    const foreign = context()
      .ssc.parallelize([1])
      .map((n) => n + 100);
    const out: unknown[] = [];
    (ssc.queueStream([foreign]) as DStream<number>).foreachRDD(async (rdd) => void out.push(await rdd.collect()));
    expect(() => ssc.parallelize([1]).union(foreign)).toThrow(expect.objectContaining({ code: 'MR_MIXED_CONTEXTS' }));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toMatchObject({ code: 'MR_MIXED_CONTEXTS' });
    expect(out).toEqual([]);
    await ssc.stop();
  });
});

describe('what a user gets back', () => {
  it('is the error that was thrown, as the cause', async () => {
    const { clock, ssc } = context();
    const thrown = Object.assign(new RangeError('mine'), { status: 404 });
    ssc
      .queueStream([[1]])
      .map(() => {
        throw thrown;
      })
      .print();
    await ssc.start();
    await runBatches(ssc, clock, 1);
    const failure = await ssc.awaitTerminationOrTimeout(0).catch((e: Error) => e);
    expect((failure as Error).cause).toBe(thrown);
    await ssc.stop();
  });

  it('is a warning for a listener that rejects', async () => {
    const warnings: string[] = [];
    const { clock, ssc } = context(warnings);
    ssc.addStreamingListener({
      onBatchCompleted: async () => {
        throw new Error('late');
      },
    });
    ssc.queueStream([[1]]).foreachRDD(() => {});
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    expect(warnings.join()).toContain('late');
  });

  it('names the operator whose function it was, behind a shuffle as well', async () => {
    const { clock, ssc } = context();
    ssc
      .queueStream<[string, number]>([
        [
          ['a', 1],
          ['a', 2],
        ],
      ])
      .reduceByKey(() => {
        throw new Error('no');
      })
      .print();
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toMatchObject({ details: { operator: 'reduceByKey-1' } });
    await ssc.stop();
  });
});

describe('options from JavaScript', () => {
  it('that do not exist, or are of another kind, are refused', () => {
    const { ssc } = context();
    const pairs = ssc.queueStream<[string, number]>([]);
    const coded = expect.objectContaining({ code: 'MR_OPTION' });
    expect(() => new StreamingContext(single(), seconds(1), { concurentJobs: 2 } as never)).toThrow(coded);
    expect(() => new StreamingContext(single(), seconds(1), { onBatchFailure: 'explode' as never })).toThrow(coded);
    expect(() => new StreamingContext(null as never, seconds(1))).toThrow(coded);
    expect(() => pairs.reduceByKey((a) => a, 4 as never)).toThrow(coded);
    expect(() => ssc.queueStream([], { numPartitions: 0 })).toThrow(expect.objectContaining({ code: 'MR_PARTITIONS' }));
  });
});
