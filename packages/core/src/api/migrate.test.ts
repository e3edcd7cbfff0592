import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { customPartitioner } from '../data/partitioner.ts';
import type { State } from '../state/state.ts';
import { faultyStore } from '../testing/faulty-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { CheckpointOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { StateSpec } from './state-spec.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

type Pairs = DStream<[string, number]>;
type Program = (pairs: Pairs, ssc: StreamingContext) => DStream<unknown>;

const BATCHES: [string, number][][] = [
  [
    ['Ann', 1],
    ['Bob', 2],
    ['Cid', 3],
  ],
  [['Ann', 10]],
  [
    ['Ann', 100],
    ['Bob', 200],
    ['Dan', 400],
  ],
  [['Cid', 1000]],
  [],
];
const sumOf = (values: readonly number[], sum: number | null) => values.reduce((a, b) => a + b, sum ?? 0);

/** Sums of numbers, in two partitions. */
const sums =
  (name = 'totals', numPartitions = 2): Program =>
  (pairs) =>
    pairs.updateStateByKey(sumOf, { name, numPartitions });

/** Sums in objects. */
const objects =
  (name = 'totals', numPartitions = 2): Program =>
  (pairs) =>
    pairs
      .map(([key, n]): [string, number] => [key.toLowerCase(), n])
      .updateStateByKey(
        (values: number[], before: { sum: number } | null) => ({ sum: sumOf(values, before?.sum ?? 0) }),
        { name, numPartitions },
      );

const toObject = (key: string, sum: number): [string, { sum: number }] => [key.toLowerCase(), { sum }];

/** Runs a program from a time on; what it gave, by time. */
async function run(
  store: CheckpointStore,
  fromMs: number,
  batches: number,
  program: Program,
  checkpoint: CheckpointOptions = {},
) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, defaultParallelism: 2 });
  ssc.checkpoint(store, checkpoint);
  const pairs = new TestSource<[string, number]>(ssc, BATCHES, { name: 'pairs' });
  const out = collectOutputs(program(pairs, ssc));
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await ssc.awaitIdle();
  if (batches > 0) await runBatches(ssc, clock, batches);
  await ssc.stop();
  return new Map(out.map(({ time, records }) => [time, Object.fromEntries(records as [string, unknown][])]));
}

/** A store's entries, to see whether it was changed. */
async function contentsOf(store: CheckpointStore): Promise<unknown[]> {
  await store.open();
  const all = ['meta', 'state', 'stood', 'output', 'batch', 'done'].flatMap((kind) => [...store.entries([kind])]);
  await store.close();
  return all.map(({ key, value }) => [key, Buffer.from(value).toString('hex')]);
}

const allow = ['map-1', 'map-2'];

test('state becomes what the new program expects, once, and the line stays', async () => {
  const store = memoryStore();
  await run(store, 0, 2, sums());
  let calls = 0;
  const migrated: Program = (pairs, ssc) => {
    ssc.migrate('totals', (key: string, sum: number) => {
      calls += 1;
      return toObject(key, sum);
    });
    return objects()(pairs, ssc);
  };
  const second = await run(store, 2000, 1, migrated, { allow });
  expect(second.get(3000)).toEqual({ ann: { sum: 111 }, bob: { sum: 202 }, cid: { sum: 3 }, dan: { sum: 400 } });
  expect(calls).toBe(3);
  const third = await run(store, 3000, 1, migrated);
  expect(third.get(4000)).toMatchObject({ ann: { sum: 111 }, cid: { sum: 1003 } });
  expect(calls).toBe(3);
});

test('a checkpoint that the program itself has begun is not migrated, and one after the other are done in order', async () => {
  const store = memoryStore();
  await run(store, 0, 1, sums());
  const lines =
    (n: number): Program =>
    (pairs, ssc) => {
      if (n > 0) ssc.migrate('totals', (key: string, sum: number) => [key, sum * 2]);
      if (n > 1) ssc.migrate('totals', (key: string, sum: number) => [key, sum + 1]);
      if (n > 2) ssc.migrate('totals', (key: string, sum: number) => [key, sum * 3]);
      return sums()(pairs, ssc);
    };
  // 1, doubled, and 10 more; then plus one, times three.
  expect((await run(store, 1000, 1, lines(1))).get(2000)).toEqual({ Ann: 12, Bob: 4, Cid: 6 });
  expect((await run(store, 2000, 1, lines(3))).get(3000)).toEqual({ Ann: 139, Bob: 215, Cid: 21, Dan: 400 });
  const fresh = memoryStore();
  expect((await run(fresh, 0, 1, lines(3))).get(1000)).toEqual({ Ann: 1, Bob: 2, Cid: 3 });
  expect((await run(fresh, 1000, 1, lines(3))).get(2000)).toEqual({ Ann: 11, Bob: 2, Cid: 3 });
});

test('a program of before the migration is refused, and may count anew when it is allowed to', async () => {
  const store = memoryStore();
  await run(store, 0, 1, sums());
  const doubled: Program = (pairs, ssc) => {
    ssc.migrate('totals', (key: string, sum: number) => [key, sum * 2]);
    return sums()(pairs, ssc);
  };
  await run(store, 1000, 1, doubled);
  await expect(run(store, 2000, 1, sums())).rejects.toMatchObject({
    code: 'MR_CHECKPOINT_DIFFERS',
    details: { differences: [{ name: 'totals', before: expect.stringContaining('state of version 2') }] },
  });
  expect((await run(store, 2000, 0, sums(), { allow: ['totals'] })).size).toBe(0);
  expect((await run(store, 2000, 1, doubled)).get(3000)).toMatchObject({ Ann: 124 });
  // Steps that are missing are not made up for.
  const later: Program = (pairs, ssc) => {
    ssc.migrate('totals', (key: string, sum: number) => [key, sum + 1], { version: 4 });
    return sums()(pairs, ssc);
  };
  await expect(run(store, 3000, 1, later)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
  const next: Program = (pairs, ssc) => {
    ssc.migrate('totals', (key: string, sum: number) => [key, sum + 1], { version: 3 });
    return sums()(pairs, ssc);
  };
  expect((await run(store, 3000, 1, next)).get(4000)).toMatchObject({ Ann: 125 });
});

test('a renamed operator finds its state; what reads it differs in nothing', async () => {
  const store = memoryStore();
  const read =
    (program: Program, name: string): Program =>
    (pairs, ssc) => {
      if (name === 'sums') ssc.migrate('totals', null, { to: 'sums' });
      return program(pairs, ssc).map((pair) => pair, { name: 'reading' });
    };
  await run(store, 0, 2, read(sums(), 'totals'));
  for (const fromMs of [2000, 3000])
    expect((await run(store, fromMs, 1, read(sums('sums'), 'sums'))).get(fromMs + 1000)).toMatchObject({ Ann: 111 });
  await store.open();
  expect([...store.entries(['state', 'totals']), ...store.entries(['stood', 'totals'])]).toEqual([]);
  await store.close();
});

test('windows and dedupe may be renamed, with what is in them, and nothing else', async () => {
  const window =
    (name: string): Program =>
    (pairs) =>
      pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1), { inverse: (a, b) => a - b, name });
  const once =
    (name: string): Program =>
    (pairs) =>
      pairs.dedupe(([key]) => key, { ttl: seconds(3), name });
  for (const program of [window, once]) {
    const whole = await run(memoryStore(), 0, 5, program('a'));
    const store = memoryStore();
    const first = await run(store, 0, 2, program('a'));
    const renamed: Program = (pairs, ssc) => {
      ssc.migrate('a', null, { to: 'b' });
      return program('b')(pairs, ssc);
    };
    const before = await contentsOf(store);
    const converted: Program = (pairs, ssc) => {
      ssc.migrate('a', (key, state) => [key, state], { to: 'b' });
      return program('b')(pairs, ssc);
    };
    await expect(run(store, 2000, 1, converted)).rejects.toMatchObject({ code: 'MR_MIGRATION_REFUSED' });
    const other: Program = (pairs, ssc) => {
      ssc.migrate('a', null, { to: 'b' });
      return sums('b')(pairs, ssc);
    };
    await expect(run(store, 2000, 1, other, { allow: ['reduceByKey-1'] })).rejects.toMatchObject({
      code: 'MR_MIGRATION_REFUSED',
    });
    expect(await contentsOf(store)).toEqual(before);
    expect(new Map([...first, ...(await run(store, 2000, 3, renamed))])).toEqual(whole);
  }
});

test('keys go to the partitions that the operator has now', async () => {
  const partitioner = customPartitioner(3, (key) => String(key).charCodeAt(0) % 3, 'first letter');
  const programs: (readonly [program: Program, numPartitions: number])[] = [
    [sums('totals', 5), 5],
    [sums('totals', 1), 1],
    [(pairs) => pairs.updateStateByKey(sumOf, { name: 'totals', partitioner }), 3],
  ];
  for (const [program, numPartitions] of programs) {
    const store = memoryStore();
    await run(store, 0, 2, sums());
    const migrated: Program = (pairs, ssc) => {
      ssc.migrate('totals', null);
      return program(pairs, ssc);
    };
    for (const [fromMs, ann, cid] of [
      [2000, 111, 3],
      [3000, 111, 1003],
    ] as const)
      expect((await run(store, fromMs, 1, migrated)).get(fromMs + 1000)).toEqual({
        Ann: ann,
        Bob: 202,
        Cid: cid,
        Dan: 400,
      });
    await store.open();
    const partitions = new Set([...store.entries(['state', 'totals'])].map(({ key }) => key[2]));
    expect([...partitions]).toEqual(Array.from({ length: numPartitions }, (_, i) => i));
    await store.close();
  }
});

test('what a window looks back at is converted with the state', async () => {
  const store = memoryStore();
  const over =
    (program: Program): Program =>
    (pairs, ssc) =>
      (program(pairs, ssc) as DStream<[string, unknown]>).groupByKeyAndWindow(seconds(3));
  await run(store, 0, 2, over(sums()));
  const migrated: Program = (pairs, ssc) => {
    ssc.migrate('totals', toObject);
    return over(objects('totals', 3))(pairs, ssc);
  };
  const out = await run(store, 2000, 1, migrated, { allow: [...allow, 'groupByKey-1'] });
  expect(out.get(3000)).toEqual({
    ann: [{ sum: 1 }, { sum: 11 }, { sum: 111 }],
    bob: [{ sum: 2 }, { sum: 2 }, { sum: 202 }],
    cid: [{ sum: 3 }, { sum: 3 }, { sum: 3 }],
    dan: [{ sum: 400 }],
  });
});

test('timeouts go on from when a key had data', async () => {
  const idle =
    (migrates: boolean): Program =>
    (pairs, ssc) => {
      if (migrates) ssc.migrate('idle', (key: string, n: number) => [key, [n]]);
      return pairs.mapWithState(
        StateSpec.function((key: string, n: number | null, state: State<unknown>) => {
          if (state.isTimingOut()) return [key, state.get()];
          state.update(migrates ? [n] : n);
          return ['', 0];
        })
          .timeout(seconds(1))
          .numPartitions(2),
        { name: 'idle', timeoutCheckInterval: seconds(1) },
      );
    };
  const store = memoryStore();
  await run(store, 0, 2, idle(false));
  const out = await run(store, 2000, 3, idle(true));
  // Cid had data at 1 s, the others at 3 s: of the time of the migration it would be alive when it comes back at 4 s.
  const expired = [...out].map(([time, records]) => [
    time,
    Object.entries(records)
      .filter(([key]) => key !== '')
      .sort(),
  ]);
  expect(expired).toEqual([
    [3000, [['Cid', [3]]]],
    [4000, []],
    [
      5000,
      [
        ['Ann', [100]],
        ['Bob', [200]],
        ['Dan', [400]],
      ],
    ],
  ]);
});

test('a migration may change the operator', async () => {
  const store = memoryStore();
  await run(store, 0, 2, sums());
  const mapped: Program = (pairs, ssc) => {
    ssc.migrate('totals', (key: string, sum: number) => [key, `${sum}`]);
    const add = (key: string, n: number | null, state: State<string>): [string, string] => {
      state.update(`${state.getOption() ?? ''}+${n}`);
      return [key, state.get()];
    };
    return pairs.mapWithState(StateSpec.function(add).numPartitions(3), { name: 'totals' });
  };
  expect((await run(store, 2000, 1, mapped)).get(3000)).toEqual({ Ann: '11+100', Bob: '2+200', Dan: '+400' });
});

test('null drops a key, and a conversion that goes wrong leaves the checkpoint as it was', async () => {
  const store = memoryStore();
  await run(store, 0, 2, sums());
  const before = await contentsOf(store);
  const by =
    (convert: (key: string, sum: number) => unknown): Program =>
    (pairs, ssc) => {
      ssc.migrate('totals', convert as never);
      return sums()(pairs, ssc);
    };
  const failures: [(key: string, sum: number) => unknown, string, RegExp][] = [
    [
      (key, sum) => {
        if (key === 'Bob') throw new RangeError('no such user');
        return [key, sum];
      },
      'Bob',
      /threw no such user/,
    ],
    [(key, sum) => (key === 'Cid' ? undefined : [key, sum]), 'Cid', /returned undefined/],
    [
      (key) => (key === 'Cid' ? Promise.resolve([key, 1]) : [key, 1]),
      'Cid',
      /returned a Promise; it must not be async/,
    ],
    [(key) => [key, key === 'Bob' ? () => 1 : 1], 'Bob', /returned cannot be stored: .*function/],
    [(key) => [key, key === 'Bob' ? { later: Promise.resolve(1) } : 1], 'Bob', /returned cannot be stored: .*Promise/],
    [(key) => (key === 'Ann' ? [key, undefined] : [key, 1]), 'Ann', /returned an array of 2/],
    [(key, sum) => (key === 'Ann' ? [undefined, sum] : [key, sum]), 'Ann', /its new key is none/],
  ];
  for (const [convert, key, reason] of failures) {
    const failed = run(store, 2000, 1, by(convert));
    await expect(failed).rejects.toMatchObject({ code: 'MR_MIGRATION_FAILED', details: { name: 'totals', key } });
    await expect(failed).rejects.toThrow(reason);
  }
  const same = run(
    store,
    2000,
    1,
    by((_, sum) => ['one', sum]),
  );
  await expect(same).rejects.toThrow(/another key has become the same one/);
  await expect(
    run(
      store,
      2000,
      1,
      by((key) => [key, () => 1]),
    ),
  ).rejects.toMatchObject({ code: 'MR_MIGRATION_FAILED' });
  expect(await contentsOf(store)).toEqual(before);
  const out = await run(
    store,
    2000,
    1,
    by((key, sum) => (key === 'Ann' ? null : [key, sum])),
  );
  expect(out.get(3000)).toEqual({ Ann: 100, Bob: 202, Cid: 3, Dan: 400 });
});

test('a death at any write of the start that migrates loses nothing and converts nothing twice', async () => {
  const migrated: Program = (pairs, ssc) => {
    ssc.migrate('totals', toObject, { to: 'sums' });
    return objects('sums', 3)(pairs, ssc);
  };
  const expected = { ann: { sum: 111 }, bob: { sum: 202 }, cid: { sum: 1003 }, dan: { sum: 400 } };
  let deaths = 0;
  for (const after of [false, true]) {
    for (let at = 0; ; at++) {
      const store = memoryStore();
      await run(store, 0, 2, sums());
      const before = await contentsOf(store);
      const faulty = faultyStore(store, { at, after });
      await run(faulty, 2000, 1, migrated, { allow }).catch(() => {});
      await store.close();
      if (!faulty.broken) break;
      deaths += 1;
      if (at === 0 && !after) expect(await contentsOf(store)).toEqual(before);
      const out = await run(store, 4000, 0, migrated, { allow });
      expect(out.get(4000), `write ${at}, ${after ? 'after' : 'before'} it`).toEqual(expected);
    }
  }
  expect(deaths).toBeGreaterThan(4);
});

test('what makes no sense is refused where it is said, or at the start', async () => {
  const make = () => new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock(), warn: () => {} });
  const ssc = make();
  const identity = (key: unknown, state: unknown) => [key, state] as const;
  for (const [args, code] of [
    [['totals', 'no function'], 'MR_NOT_A_FUNCTION'],
    [['totals', async () => null], 'MR_ASYNC_FUNCTION'],
    [['', identity], 'MR_OPTION'],
    [['totals', identity, { to: '' }], 'MR_OPTION'],
    [['totals', identity, { into: 'x' }], 'MR_OPTION'],
    [['totals', identity, { version: 1 }], 'MR_OPTION'],
  ] as const)
    expect(() => ssc.migrate(...(args as unknown as Parameters<typeof ssc.migrate>))).toThrow(
      expect.objectContaining({ code }),
    );
  ssc.migrate('a', identity, { to: 'b' });
  expect(() => ssc.migrate('a', identity)).toThrow(/must be b/);
  expect(() => ssc.migrate('c', identity, { to: 'b' })).toThrow(/no earlier migrate/);
  sums('totals')(new TestSource<[string, number]>(ssc, BATCHES), ssc).print();
  await expect(ssc.start()).rejects.toMatchObject({
    code: 'MR_MIGRATION_NAME',
    details: { name: 'b', operators: ['totals'] },
  });
  expect(() => ssc.migrate('b', identity)).toThrow(expect.objectContaining({ code: 'MR_CONTEXT_STOPPED' }));
});
