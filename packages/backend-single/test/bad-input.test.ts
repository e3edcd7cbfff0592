import {
  type DStream,
  type ExecutionBackend,
  linesBlock,
  milliseconds,
  type Pair,
  type RDD,
  type State,
  StateSpec,
  StreamingContext,
  seconds,
} from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { describe, expect, it } from 'vitest';
import { single } from '../src/index.ts';

/** An error with this code. */
const coded = (code: string) => expect.objectContaining({ code });

function context(backend: ExecutionBackend = single(), clock = new ManualClock()): StreamingContext {
  return new StreamingContext(backend, seconds(1), { clock, warn: () => {} });
}

/** The error of the first batch of a program over one batch of records. */
async function failureOf<T>(
  records: readonly T[],
  program: (stream: DStream<T>, ssc: StreamingContext) => DStream<unknown>,
  backend?: ExecutionBackend,
): Promise<unknown> {
  const clock = new ManualClock();
  const ssc = context(backend, clock);
  program(ssc.queueStream<T>([[...records]]), ssc).foreachRDD(async (rdd) => void (await rdd.collect()));
  await ssc.start();
  await clock.advance(1000);
  await ssc.awaitIdle();
  try {
    await ssc.awaitTerminationOrTimeout(0);
    return null;
  } catch (e) {
    return e;
  } finally {
    await ssc.stop();
  }
}

describe('refused before data flows', () => {
  it('a job without an output', async () => {
    const ssc = context();
    ssc.queueStream([[1]]).map((n) => n);
    await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_NO_OUTPUT' });
    expect(ssc.getState()).toBe('STOPPED');
  });

  it('operators, inputs and outputs after start, and after stop', async () => {
    const ssc = context();
    const numbers = ssc.queueStream([[1]]);
    numbers.print(10, { write: () => {} });
    await ssc.start();
    for (const add of [
      () => numbers.map((n) => n),
      () => numbers.print(),
      () => ssc.queueStream([]),
      () => numbers.cache(),
    ]) {
      expect(add).toThrow(coded('MR_CONTEXT_ACTIVE'));
    }
    await ssc.stop();
    expect(() => numbers.map((n) => n)).toThrow(coded('MR_CONTEXT_STOPPED'));
    await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_CONTEXT_STOPPED' });
  });

  it('windows and slides that are no multiples', () => {
    const numbers = context().queueStream([[1]]);
    expect(() => numbers.window(milliseconds(1500))).toThrow(coded('MR_WINDOW_MULTIPLE'));
    expect(() => numbers.window(seconds(2), milliseconds(500))).toThrow(coded('MR_WINDOW_MULTIPLE'));
    expect(() => numbers.window(seconds(4), seconds(2)).window(seconds(3))).toThrow(coded('MR_WINDOW_MULTIPLE'));
    expect(() => numbers.countByWindow(milliseconds(100))).toThrow(coded('MR_WINDOW_MULTIPLE'));
  });

  it('streams of two contexts, of different slides, or none', () => {
    const ssc = context();
    const here = ssc.queueStream([[1]]);
    const there = context().queueStream([[1]]);
    expect(() => here.union(there)).toThrow(coded('MR_MIXED_CONTEXTS'));
    expect(() => ssc.union([there])).toThrow(coded('MR_MIXED_CONTEXTS'));
    expect(() => here.union(here.window(seconds(2), seconds(2)))).toThrow(coded('MR_SLIDE_MISMATCH'));
    expect(() => ssc.union([])).toThrow(coded('MR_EMPTY_STREAMS'));
  });

  it('two nodes of one name, with both places', () => {
    const numbers = context().queueStream([[1]]);
    numbers.map((n) => n, { name: 'twice' });
    expect(() => numbers.filter(() => true, { name: 'twice' })).toThrow(coded('MR_DUPLICATE_NAME'));
    expect(() => numbers.filter(() => true, { name: 'twice' })).toThrow(/bad-input\.test\.ts.*bad-input\.test\.ts/s);
  });

  it('names that cannot be parts of addresses', () => {
    const numbers = context().queueStream([[1]]);
    for (const name of ['', 'a#b', '@map', '!one', 'a/b', 'ssc', 7 as never]) {
      expect(() => numbers.map((n) => n, { name })).toThrow(coded('MR_OPTION'));
    }
    expect(numbers.map((n) => n, { name: 'Grüße: 2 × n' }).name).toBe('Grüße: 2 × n');
  });

  it('durations that are none', () => {
    for (const ms of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) {
      expect(() => new StreamingContext(single(), milliseconds(ms))).toThrow(coded('MR_DURATION'));
      expect(() =>
        context()
          .queueStream([[1]])
          .window(milliseconds(ms)),
      ).toThrow(coded('MR_DURATION'));
    }
  });

  it('async functions, and what is no function', () => {
    const numbers = context().queueStream([[1]]);
    expect(() => numbers.map(async (n) => n)).toThrow(coded('MR_ASYNC_FUNCTION'));
    expect(() => numbers.filter((async () => true) as never)).toThrow(coded('MR_ASYNC_FUNCTION'));
    expect(() => numbers.transform((async (rdd: RDD<number>) => rdd) as never)).toThrow(coded('MR_ASYNC_FUNCTION'));
    expect(() => numbers.map('n' as never)).toThrow(coded('MR_NOT_A_FUNCTION'));
    expect(() => numbers.foreachRDD(null as never)).toThrow(coded('MR_NOT_A_FUNCTION'));
  });

  it('options that are none', () => {
    const numbers = context().queueStream([[1]]);
    expect(() => numbers.repartition(0)).toThrow(coded('MR_PARTITIONS'));
    expect(() => numbers.countByValue({ numPartitions: 1.5 })).toThrow(coded('MR_PARTITIONS'));
    expect(() => new StreamingContext(single(), seconds(1), { concurrentJobs: 0 })).toThrow(coded('MR_OPTION'));
    expect(() => numbers.print(-1)).toThrow(coded('MR_OPTION'));
    const ssc = context();
    ssc.remember(seconds(1));
    expect(() => ssc.remember(seconds(1))).toThrow(coded('MR_REMEMBER_TWICE'));
  });

  it('a backend after stop', async () => {
    const backend = single();
    await backend.stop();
    const ssc = context(backend);
    ssc.queueStream([[1]]).print();
    await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_BACKEND_STOPPED' });
  });
});

describe('refused when the batch is planned', () => {
  it('an action inside transform, also one whose promise nobody looks at', async () => {
    const failure = await failureOf([1], (s) =>
      s.transform((rdd) => {
        void rdd.count();
        return rdd;
      }),
    );
    expect(failure).toMatchObject({ code: 'MR_ACTION_IN_TRANSFORM' });
  });

  it('a transform that returns no RDD', async () => {
    expect(await failureOf([1], (s) => s.transform(() => [1] as never))).toMatchObject({ code: 'MR_TRANSFORM_RESULT' });
    expect(await failureOf([1], (s) => s.transform(() => null as never))).toMatchObject({
      code: 'MR_TRANSFORM_RESULT',
    });
  });
});

describe('refused when the task runs, with the operator', () => {
  const cases: [string, string, () => Promise<unknown>, RegExp][] = [
    [
      'keys without identity',
      'MR_KEY_IDENTITY',
      () => failureOf([1], (s) => s.map((n) => [() => n, 1]).reduceByKey((a, b) => a + b)),
      /reduceByKey-1|map-1/,
    ],
    [
      'keys with a symbol inside',
      'MR_KEY_IDENTITY',
      () => failureOf([1], (s) => s.map((n) => [{ n, s: Symbol('s') }, 1]).groupByKey({ numPartitions: 2 })),
      /\$\.s/,
    ],
    [
      'an undefined value in a pair',
      'MR_UNDEFINED_IN_PAIR',
      () => failureOf([1], (s) => s.map((n) => [n, undefined]).groupByKey()),
      /value/,
    ],
    [
      'an undefined key in a pair',
      'MR_UNDEFINED_IN_PAIR',
      () => failureOf([1], (s) => s.map((n) => [undefined, n]).reduceByKey((a) => a)),
      /key/,
    ],
    [
      'undefined where pairs lie in place',
      'MR_UNDEFINED_IN_PAIR',
      () =>
        failureOf([1], (s) =>
          s
            .map((n) => [n, n])
            .reduceByKey((a) => a)
            .mapValues(() => undefined)
            .groupByKey(),
        ),
      /value/,
    ],
    [
      'records that are no pairs',
      'MR_NOT_A_PAIR',
      () => failureOf([1], (s) => (s as unknown as DStream<Pair<number, number>>).reduceByKey((a, b) => a + b)),
      /number 1/,
    ],
    [
      'what flatMap cannot iterate',
      'MR_NOT_ITERABLE',
      () => failureOf([1], (s) => s.flatMap((n) => n as never)),
      /flatMap-1/,
    ],
    [
      'a function that returns a promise',
      'MR_ASYNC_FUNCTION',
      () => failureOf([1], (s) => s.map((n) => Promise.resolve(n))),
      /map-1/,
    ],
    [
      'a filter that returns a promise',
      'MR_ASYNC_FUNCTION',
      () => failureOf([1], (s) => s.filter((() => Promise.resolve(true)) as never)),
      /filter-1/,
    ],
    [
      'a custom partitioner out of range',
      'MR_OPTION',
      () =>
        failureOf([1], (s) =>
          s
            .map((n) => [n, n])
            .partitionBy({ partitioner: { kind: 'custom', name: 'far', numPartitions: 2, getPartition: () => 7 } }),
        ),
      /far/,
    ],
    [
      'reading state that is missing',
      'MR_STATE_MISSING',
      () =>
        failureOf([1], (s) =>
          s
            .map((n) => [n, n])
            .mapWithState(StateSpec.function((_k: number, _v: number | null, st: State<number>) => st.get())),
        ),
      /mapWithState-1/,
    ],
    [
      'updating removed state',
      'MR_STATE_MISUSE',
      () =>
        failureOf([1], (s) =>
          s
            .map((n) => [n, n])
            .mapWithState(
              StateSpec.function((_k: number, _v: number | null, st: State<number>) => {
                st.remove();
                st.update(1);
              }),
            ),
        ),
      /mapWithState-1/,
    ],
    [
      'records that cannot be encoded, where encoding is asked for',
      'MR_NOT_ENCODABLE',
      () => failureOf([1], (s) => s.map((n) => ({ n, user: { onClick: () => n } })), single({ serialize: true })),
      /map-1.*\$\.user\.onClick|\$\.user\.onClick.*map-1/s,
    ],
    [
      'damaged blocks',
      'MR_DECODE',
      () =>
        failureOf([1], (_s, ssc) =>
          ssc.queueStream([{ blocks: [{ codec: 'msgpack', count: 1, bytes: new Uint8Array([0, 0xc1, 1, 2]) }] }]),
        ),
      /msgpack/,
    ],
  ];
  for (const [what, code, run, text] of cases) {
    it(what, async () => {
      const failure = (await run()) as Error;
      expect(failure).toMatchObject({ code });
      expect(failure.message).toMatch(text);
    });
  }

  it("a user's exception keeps its stack as the cause", async () => {
    const failure = (await failureOf([1, 2], (s) => s.map((n) => n.toFixed(200)))) as Error & { details: unknown };
    expect(failure).toMatchObject({
      code: 'MR_TASK_FAILED',
      details: { operator: 'map-1', batchTime: 1000, partition: 0, attempt: 1 },
    });
    expect((failure.cause as Error).name).toBe('RangeError');
    expect((failure.cause as Error).stack).toContain('bad-input.test.ts');
  });
});

describe('verify', () => {
  it('shows code that changes its input', async () => {
    const push = (s: DStream<number[]>) =>
      s.map((list) => {
        list.push(1);
        return list;
      });
    expect(await failureOf([[1]], push)).toBeNull();
    expect(await failureOf([[1]], push, single({ verify: true }))).toMatchObject({ code: 'MR_TASK_FAILED' });
  });

  it('reads lines blocks like any other', async () => {
    expect(
      await failureOf([1], (_s, ssc) => ssc.queueStream([{ blocks: [linesBlock('a\nb')] }]), single({ verify: true })),
    ).toBeNull();
  });
});
