import { expect, test } from 'vitest';
import { type DeadLetter, deadLetter } from '../api/on-error.ts';
import { replayLetters } from '../api/replay-letters.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds } from '../api/time.ts';
import { msgpackCodec } from '../data/codec.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { Letter } from './letter.ts';

/** A letter as a file has it. */
const toLetter = ({ record, operator, time, job, partition, index, replay }: DeadLetter): Letter => {
  const bytes = msgpackCodec.encode([record], operator);
  return { record, bytes, operator, time, job, partition, index, replay: replay ?? null };
};

type Seen = [output: string, time: number, records: unknown[]];

/** Numbers through two operators that fail, a branch that has nothing to do with them, and a union behind. */
function pipeline(ssc: StreamingContext, fails: (n: number) => boolean, seen: Seen[]) {
  const show = (name: string) => ({
    stream: async (rdd: { collect(): Promise<unknown[]> }, time: { milliseconds: number }) =>
      void seen.push([name, time.milliseconds, await rdd.collect()]),
    name,
  });
  const strict = (n: number) => {
    if (fails(n)) throw new RangeError(`no ${n}`);
    return n;
  };
  const source = new TestSource<number>(
    ssc,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { name: 'source' },
  );
  const one = source.map((n) => strict(n) * 10, { name: 'one' });
  const two = one.filter((n) => strict(n) > 0, { name: 'two' });
  for (const [name, stream] of [
    ['raw', source],
    ['first', one],
    ['second', two],
    ['both', two.union(source)],
  ] as const) {
    const { stream: f } = show(name);
    stream.foreachRDD(f, { name });
  }
  return { source, one, two };
}

async function run(
  fails: (n: number) => boolean,
  more: (ssc: StreamingContext, streams: ReturnType<typeof pipeline>) => void = () => {},
) {
  const letters: DeadLetter[] = [];
  const seen: Seen[] = [];
  const clock = new ManualClock();
  const write = (given: Iterable<DeadLetter>) => void letters.push(...given);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), {
    clock,
    name: 'job',
    onError: deadLetter({ write }),
    warn: () => {},
  });
  more(ssc, pipeline(ssc, fails, seen));
  return { ssc, clock, letters, seen };
}

test('records enter at the operator that failed, at their time, and reach the outputs behind it alone', async () => {
  const first = await run((n) => n === 2 || n === 50 || n === 4);
  await first.ssc.start();
  await runBatches(first.ssc, first.clock, 2);
  await first.ssc.stop();
  expect(first.letters.map(({ operator, time, record }) => [operator, time, record])).toEqual([
    ['one', 1000, 2],
    ['one', 2000, 4],
    ['two', 2000, 50],
  ]);
  const { ssc, seen, letters } = await run(() => false);
  expect(await replayLetters(ssc, first.letters.map(toLetter))).toEqual({
    replayed: 3,
    failedAgain: 0,
    batches: 2,
    times: [1000, 2000],
    failure: null,
  });
  expect(seen).toEqual([
    ['first', 1000, [20]],
    ['second', 1000, [20]],
    ['both', 1000, [20]],
    ['first', 2000, [40]],
    ['second', 2000, [50, 40]],
    ['both', 2000, [50, 40]],
  ]);
  expect(letters).toEqual([]);
  expect(ssc.getState()).toBe('STOPPED');
});

test('outputs that depend on no operator of a batch have no batch, and outputs can be chosen', async () => {
  const letters: Letter[] = [
    toLetter({ record: 7, operator: 'two', time: 5000, job: 'job', partition: 1, index: 0 } as DeadLetter),
    toLetter({ record: 8, operator: 'one', time: 3000, job: 'job', partition: 0, index: 0 } as DeadLetter),
  ];
  const all = await run(() => false);
  await replayLetters(all.ssc, letters);
  expect(all.seen.map(([name, time]) => `${name} ${time}`)).toEqual([
    'first 3000',
    'second 3000',
    'both 3000',
    'second 5000',
    'both 5000',
  ]);
  const some = await run(() => false);
  await replayLetters(some.ssc, letters, { outputs: ['first'] });
  expect(some.seen).toEqual([['first', 3000, [80]]]);
  for (const outputs of [['raw'], ['none']]) {
    const { ssc } = await run(() => false);
    await expect(replayLetters(ssc, letters, { outputs })).rejects.toMatchObject({ code: 'MR_REPLAY_OUTPUT' });
  }
});

test('records that fail again are dead letters again; a batch that fails ends the replay', async () => {
  const letters = [1000, 2000, 3000].map((time) =>
    toLetter({ record: time / 1000, operator: 'one', time, job: 'job', partition: 0, index: 0 } as DeadLetter),
  );
  const again = await run((n) => n === 2);
  expect(await replayLetters(again.ssc, letters)).toMatchObject({ replayed: 3, failedAgain: 1, failure: null });
  expect(again.letters).toMatchObject([{ operator: 'one', time: 2000, record: 2, job: 'job' }]);
  const broken = await run(
    () => false,
    (_, { two }) =>
      two.foreachRDD(
        async (rdd) => {
          if ((await rdd.collect())[0] === 20) throw new Error('the output is down');
        },
        { name: 'fragile' },
      ),
  );
  const summary = await replayLetters(broken.ssc, letters);
  expect(summary).toMatchObject({ replayed: 1, batches: 1 });
  expect(String(summary.failure)).toContain('the output is down');
});

test('what sinks are told names the replay by its letters', async () => {
  const letters = [1, 2].map((n, index) =>
    toLetter({ record: n, operator: 'one', time: 1000, job: 'job', partition: 0, index } as DeadLetter),
  );
  const told: (string | undefined)[][] = [];
  for (const some of [letters, letters.toReversed(), letters.slice(1)]) {
    const { ssc } = await run(
      () => false,
      (_, { one }) =>
        one.writeTo(
          {
            write: (_records, { job, replay }) => void told.push(['write', job, replay]),
            commit: ({ job, replay }) => void told.push(['commit', job, replay]),
          },
          { name: 'sink' },
        ),
    );
    await replayLetters(ssc, some, { outputs: ['sink'] });
  }
  const id = told[0]?.[2] as string;
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(told.slice(0, 4)).toEqual(
    ['write', 'commit', 'write', 'commit'].map((what) => [what, `job-replay-${id}`, id]),
  );
  expect(told[4]?.[2]).not.toBe(id);
});

test('what would be wrong is refused, with all that is in the way', async () => {
  const letter = toLetter({ record: 1, operator: 'one', time: 1000, job: 'job', partition: 0, index: 0 } as DeadLetter);
  const refuse = async (more: NonNullable<Parameters<typeof run>[1]>, partial: boolean) => {
    const { ssc, seen } = await run(() => false, more);
    const refused = await replayLetters(ssc, [letter], { partial }).then(
      () => [],
      (e: { code?: string; data?: unknown; message: string }) => {
        expect(e.code).toBe('MR_REPLAY_REFUSED');
        return [...e.message.matchAll(/^ {2}(\S+) \((\w+)\): (it \w+)/gm)].map((m) => m.slice(1).join(' '));
      },
    );
    return { refused, seen };
  };
  const out = async (rdd: { collect(): Promise<unknown> }) => void (await rdd.collect());
  const pair = (n: number): [number, number] => [n, 1];
  const add = (a: number, b: number) => a + b;
  const stateful = (_: StreamingContext, { one, source }: ReturnType<typeof pipeline>) => {
    const pairs = one.map(pair, { name: 'pairs' });
    pairs.updateStateByKey((ns: number[]) => ns.length, { name: 'state' }).foreachRDD(out, { name: 'a' });
    one.window(seconds(2), seconds(1), { name: 'past' }).foreachRDD(out, { name: 'b' });
    pairs.join(source.map(pair), { name: 'joined' }).foreachRDD(out, { name: 'c' });
  };
  for (const partial of [false, true]) {
    const { refused, seen } = await refuse(stateful, partial);
    expect(refused.map((line) => line.split(' ')[0])).toEqual(expect.arrayContaining(['state', 'past']));
    expect(refused.some((line) => line.endsWith('it puts'))).toBe(true);
    expect(seen).toEqual([]);
  }
  const whole = (_: StreamingContext, { one }: ReturnType<typeof pipeline>) =>
    one.map(pair).reduceByKey(add, { name: 'sums' }).foreachRDD(out, { name: 'a' });
  expect((await refuse(whole, false)).refused).toEqual(['sums reduceByKey it looks']);
  expect((await refuse(whole, true)).refused).toEqual([]);
  const moved = (_: StreamingContext, { one }: ReturnType<typeof pipeline>) =>
    one
      .repartition(2)
      .mapAsync(async (n) => n)
      .foreachRDD(out, { name: 'a' });
  expect((await refuse(moved, false)).refused).toEqual([]);
  const { ssc } = await run(() => false);
  const strangers = ['gone', 'raw', 'source'].map((operator) => ({ ...letter, operator }));
  await expect(replayLetters(ssc, strangers)).rejects.toMatchObject({
    code: 'MR_REPLAY_OPERATOR',
    message: expect.stringContaining('gone, raw, source'),
  });
});
