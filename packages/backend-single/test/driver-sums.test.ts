import {
  type CheckpointStore,
  type ContextOptions,
  InputDStream,
  memoryStore,
  StreamingContext,
  seconds,
} from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { describe, expect, it } from 'vitest';
import { single } from '../src/index.ts';

class Ones extends InputDStream<number> {
  compute() {
    return [1];
  }
}

const plus = (a: number, b: number) => a + b;

function job(options: ContextOptions = {}) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {}, ...options });
  return { clock, ssc, sum: ssc.accumulator('sum', 0, plus) };
}

/** A store that does something before each transaction has its effect. */
function slowly(store: CheckpointStore, meanwhile: () => Promise<void>): CheckpointStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'write')
        return async (changes: Parameters<CheckpointStore['write']>[0]) => {
          await meanwhile();
          await target.write(changes);
        };
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('what the driver adds to an accumulator', () => {
  it('while a batch is written down counts at once, and is there after a restart', async () => {
    const inner = memoryStore();
    let add = () => {};
    const store = slowly(inner, async () => {
      add();
      await null;
      add();
    });
    const first = job({ checkpoint: store });
    let added = 0;
    new Ones(first.ssc).foreachRDD(() => {});
    await first.ssc.start();
    add = () => {
      first.sum.add(1);
      added++;
    };
    await runBatches(first.ssc, first.clock, 3);
    add = () => {};
    expect(added).toBeGreaterThanOrEqual(6);
    expect(first.sum.value).toBe(added);
    await runBatches(first.ssc, first.clock, 1);
    await first.ssc.stop();
    const second = job({ checkpoint: inner });
    new Ones(second.ssc).foreachRDD(() => {});
    await second.clock.setTo(first.clock.now());
    await second.ssc.start();
    expect(second.sum.value).toBe(added);
    await second.ssc.stop();
  });

  it.each([
    [1, false],
    [1, true],
    [3, false],
    [3, true],
  ])('in outputs belongs to their batch: %i at once, checkpoint: %s', async (concurrentJobs, checkpoint) => {
    const { clock, ssc, sum } = job({ concurrentJobs, ...(checkpoint ? { checkpoint: memoryStore() } : {}) });
    const seen: number[] = [];
    ssc.queueStream(Array.from({ length: 12 }, () => [1, 2, 3])).foreachRDD(async (rdd, time) => {
      for (const n of await rdd.collect()) sum.add(n);
      // Of several batches at once each sees what has committed and its own.
      if (concurrentJobs === 1) seen.push(sum.value);
      for (let turns = time.milliseconds % 4; turns > 0; turns--) await null;
      sum.add(4);
    });
    await ssc.start();
    await runBatches(ssc, clock, 12);
    expect(sum.value).toBe(12 * 10);
    expect(seen).toEqual(concurrentJobs === 1 ? Array.from({ length: 12 }, (_, i) => i * 10 + 6) : []);
    await ssc.stop();
  });

  it.each([false, true])('counts once when the batch runs again, checkpoint: %s', async (checkpoint) => {
    const { clock, ssc, sum } = job({ maxBatchFailures: 2, ...(checkpoint ? { checkpoint: memoryStore() } : {}) });
    let calls = 0;
    ssc.queueStream([[1], [2]]).foreachRDD(() => {
      sum.add(1);
      if (calls++ === 0) throw new Error('once');
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    expect(calls).toBe(3);
    expect(sum.value).toBe(2);
    await ssc.stop();
  });

  it('in an output that fails does not count, and what is added after the batch does', async () => {
    const { clock, ssc, sum } = job({ onBatchFailure: 'continue' });
    const late: (() => void)[] = [];
    ssc.queueStream([[1], [2]]).foreachRDD(async (_rdd, time) => {
      sum.add(1);
      const { promise, resolve } = Promise.withResolvers<void>();
      late.push(resolve);
      void promise.then(() => sum.add(100));
      if (time.milliseconds === 1000) throw new Error('fails');
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    expect(sum.value).toBe(1);
    for (const resolve of late) resolve();
    await clock.breathe();
    expect(sum.value).toBe(201);
    await ssc.stop();
  });
});
