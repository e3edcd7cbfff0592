import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { customPartitioner } from '../data/partitioner.ts';
import type { State } from '../state/state.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { ContextOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Pairs = DStream<[unknown, number]>;
const add = (values: readonly number[], sum: number | null) => values.reduce((a, b) => a + b, sum ?? 0);
const totals = (pairs: Pairs, numPartitions = 2) => pairs.updateStateByKey(add, { name: 'totals', numPartitions });

function make(batches: readonly (readonly [unknown, number][])[], options: ContextOptions = {}, fromMs = 0) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, ...options });
  const pairs = new TestSource<[unknown, number]>(ssc, batches, { name: 'pairs' });
  return { ssc, clock, pairs };
}

test('keys of all kinds are found by value, whatever the number of partitions', async () => {
  const keys = [
    1,
    -0,
    'a',
    '',
    '\u0001',
    true,
    null,
    10n,
    ['a', 1],
    { b: [1], a: 2 },
    new Uint8Array([1, 2]),
    new Date(5),
  ];
  const same = [1, 0, 'a', '', '\u0001', true, null, 10n, ['a', 1], { a: 2, b: [1] }, Buffer.from([1, 2]), new Date(5)];
  const { ssc, clock, pairs } = make([keys.map((key, i) => [key, i + 1])]);
  totals(pairs, 3).print();
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const state = ssc.state('totals');
  for (const [i, key] of same.entries()) expect(await state.get(key)).toBe(i + 1);
  expect(await state.get('b')).toBeUndefined();
  await expect(state.get(undefined)).rejects.toMatchObject({ code: 'MR_KEY_IDENTITY' });
  expect((await state.entries()).length).toBe(keys.length);
  await ssc.stop();
});

test('while a task has changed state and has not ended, reads see the batch before and do not wait', async () => {
  const { ssc, clock, pairs } = make([
    [['a', 1]],
    [
      ['a', 2],
      ['b', 5],
    ],
    [],
  ]);
  const seen: unknown[] = [];
  const state = ssc.state<string, number>('totals');
  totals(pairs, 1)
    .mapAsync(
      async (pair) => {
        seen.push([pair, await state.get('a'), [...(await state.entries())], state.batchTime?.milliseconds]);
        return pair;
      },
      { concurrency: 1 },
    )
    .print();
  await ssc.start();
  await runBatches(ssc, clock, 2);
  expect(seen).toEqual([
    [['a', 1], undefined, [], undefined],
    [['a', 3], 1, [['a', 1]], 1000],
    [['b', 5], 1, [['a', 1]], 1000],
  ]);
  expect([...(await state.entries())]).toEqual([
    ['a', 3],
    ['b', 5],
  ]);
  await ssc.stop();
});

test('what is read is a copy', async () => {
  const { ssc, clock, pairs } = make([[['a', 1]], [['a', 2]]]);
  pairs
    .updateStateByKey((values: number[], list: number[] | null) => [...(list ?? []), ...values], { name: 'lists' })
    .print();
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const state = ssc.state<string, number[]>('lists');
  (await state.get('a'))?.push(100);
  (await state.entries())[0][1].push(200);
  await runBatches(ssc, clock, 1);
  expect(await state.get('a')).toEqual([1, 2]);
  await ssc.stop();
});

test('a failed batch is never seen; the job that it stops says why it cannot be read any more', async () => {
  for (const onBatchFailure of ['continue', 'stop'] as const) {
    const { ssc, clock, pairs } = make([[['a', 1]], [['a', 10]], [['a', 100]]], { onBatchFailure });
    totals(pairs).foreachRDD(async (rdd, time) => {
      await rdd.count();
      if (time.milliseconds === 2000) throw new RangeError('this batch');
    });
    const state = ssc.state<string, number>('totals');
    await ssc.start();
    ssc.awaitTermination().catch(() => {});
    await runBatches(ssc, clock, 1);
    await runBatches(ssc, clock, 1);
    if (onBatchFailure === 'continue') {
      expect((await state.read('a')).value).toBe(1);
      expect(state.batchTime?.milliseconds).toBe(1000);
      await runBatches(ssc, clock, 1);
      expect(await state.get('a')).toBe(101);
      await ssc.stop();
    } else {
      await ssc.awaitTermination().catch(() => {});
      await expect(state.get('a')).rejects.toMatchObject({
        code: 'MR_CONTEXT_STOPPED',
        cause: { message: 'this batch' },
      });
      await expect(state.entries()).rejects.toMatchObject({ code: 'MR_CONTEXT_STOPPED' });
    }
  }
});

test('before start, after a stop without start, after a start that failed, and under another name, it says what is wrong', async () => {
  const { ssc, pairs } = make([]);
  const state = ssc.state('totals');
  totals(pairs);
  await expect(state.get('a')).rejects.toMatchObject({ code: 'MR_NOT_INITIALIZED' });
  expect(() => state.batchTime).toThrow(/MR_NOT_INITIALIZED|not been initialized/);
  await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_NO_OUTPUT' });
  await expect(state.get('a')).rejects.toMatchObject({ code: 'MR_CONTEXT_STOPPED' });
  const other = make([]);
  await other.ssc.stop();
  await expect(other.ssc.state('totals').get('a')).rejects.toMatchObject({ code: 'MR_CONTEXT_STOPPED' });
  const third = make([]);
  const mapped = third.pairs.mapWithState(
    StateSpec.function((key: unknown, _: number | null, s: State<number>) => {
      s.update(1);
      return key;
    }),
    { name: 'seen' },
  );
  mapped.stateSnapshots({ name: 'snapshots' }).print();
  // Nobody looks at it.
  totals(third.pairs);
  await third.ssc.start();
  for (const name of ['pairs', 'snapshots', 'totals', 'x'])
    await expect(third.ssc.state(name).get('a')).rejects.toMatchObject({
      code: 'MR_STATE_NAME',
      details: { name, operators: ['seen'] },
    });
  for (const limit of [0, 1.5, 100_001])
    await expect(third.ssc.state('seen').entries({ limit })).rejects.toMatchObject({ code: 'MR_OPTION' });
  await expect(third.ssc.state('seen').entries({ prefix: 5 as never })).rejects.toMatchObject({ code: 'MR_OPTION' });
  await expect(third.ssc.state('seen').entries({ limits: 5 } as never)).rejects.toMatchObject({ code: 'MR_OPTION' });
  await third.ssc.stop();
});

test('keys that the function of updateStateByKeyPartitions has changed are found, wherever they lie', async () => {
  for (const rememberPartitioner of [true, false]) {
    const { ssc, clock, pairs } = make([
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ],
    ]);
    const partitioner = customPartitioner(3, (key) => String(key).charCodeAt(0) % 3, 'first letter');
    pairs
      .updateStateByKeyPartitions<unknown, number, number>(
        (entries) => [...entries].map(([key, values, sum]): [unknown, number] => [`${key}z${key}`, add(values, sum)]),
        { name: 'renamed', partitioner, rememberPartitioner },
      )
      .print();
    await ssc.start();
    await runBatches(ssc, clock, 1);
    const state = ssc.state('renamed');
    expect(await Promise.all(['aza', 'bzb', 'czc', 'dzd', 'a'].map((key) => state.get(key)))).toEqual([
      1,
      2,
      3,
      4,
      undefined,
    ]);
    await ssc.stop();
  }
});

test('state that no codec takes is refused by its operator, and the job goes on', async () => {
  const { ssc, clock, pairs } = make([[['a', 1]]]);
  pairs.updateStateByKey(() => () => 1, { name: 'functions' }).foreachRDD(() => {});
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await expect(ssc.state('functions').get('a')).rejects.toMatchObject({
    code: 'MR_NOT_ENCODABLE',
    details: { operator: 'functions' },
  });
  await runBatches(ssc, clock, 1);
  await ssc.stop();
});

test('state that was recovered is there before the first batch of the new run', async () => {
  const store = memoryStore();
  const batches: [unknown, number][][] = [
    [
      ['a', 1],
      ['b', 2],
    ],
    [['a', 3]],
  ];
  for (const fromMs of [0, 2000]) {
    const { ssc, clock, pairs } = make(batches, { checkpoint: store }, fromMs);
    totals(pairs).print();
    await ssc.start();
    const state = ssc.state('totals');
    if (fromMs === 0) await runBatches(ssc, clock, 2);
    expect(await state.read('a')).toMatchObject({ value: 4, batchTime: { milliseconds: 2000 } });
    expect(Object.fromEntries((await state.entries()) as never)).toEqual({ a: 4, b: 2 });
    await ssc.stop();
  }
});
