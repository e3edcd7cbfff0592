import { expect, test } from 'vitest';
import type { DStream } from '../api/dstream/dstream.ts';
import { InputDStream, type InputOptions } from '../api/input-dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds } from '../api/time.ts';
import { type Block, linesBlock } from '../data/block.ts';
import { registerCodec } from '../data/codec.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';

/** One batch of one partition, as a reader gives it. */
class Read extends InputDStream<number> {
  #given = false;

  constructor(ssc: StreamingContext, read: InputOptions['read']) {
    super(ssc, { name: 'read', read });
  }

  override compute() {
    if (this.#given) return [];
    this.#given = true;
    return { partitions: [{ kind: 'range' as const, range: 3 }] };
  }
}

async function run<T>(
  read: InputOptions['read'],
  build: (input: DStream<number>, ssc: StreamingContext) => DStream<T>,
) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, onBatchFailure: 'continue' });
  const outputs = collectOutputs(build(new Read(ssc, read), ssc));
  let recordsRead = 0;
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      for (const stage of batchInfo.tasks?.stages ?? [])
        for (const task of stage.tasks) recordsRead += task.recordsRead;
    },
  });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e,
  );
  return { records: outputs.flatMap((o) => o.records), failure, recordsRead };
}

/** Pieces of ten numbers, and a diary of who did what when. */
function diary() {
  const entries: string[] = [];
  const read = async function* (pieces: number) {
    try {
      for (let p = 0; p < pieces; p++) {
        entries.push(`piece ${p}`);
        await Promise.resolve();
        yield Array.from({ length: 10 }, (_, i) => p * 10 + i);
      }
    } finally {
      entries.push('closed');
    }
  };
  const seen = (n: number) => {
    if (n % 10 === 9) entries.push(`seen ${n}`);
    return n;
  };
  return { entries, read, seen };
}

const TURNS = ['piece 0', 'seen 9', 'piece 1', 'seen 19', 'piece 2', 'seen 29', 'closed'];

test('a piece is asked for when the one before has gone through the steps', async () => {
  const { entries, read, seen } = diary();
  const { records, recordsRead } = await run(read, (input) => input.map(seen).filter((n) => n % 7 === 0));
  expect(records).toEqual([0, 7, 14, 21, 28]);
  expect(entries).toEqual(TURNS);
  expect(recordsRead).toBe(30);
});

test('so it is before a shuffle, and in a fold: state of the loop goes on from piece to piece', async () => {
  const counted = diary();
  const pairs = (input: DStream<number>) => input.map((n) => [counted.seen(n) % 2, n] as [number, number]);
  const sums = await run(counted.read, (input) => pairs(input).reduceByKey((a, b) => a + b));
  expect(sums.records).toEqual([
    [0, 210],
    [1, 225],
  ]);
  expect(counted.entries).toEqual(TURNS);
  const folded = diary();
  const total = await run(folded.read, (input) => input.map(folded.seen).reduce((a, b) => a + b));
  expect(total.records).toEqual([435]);
  expect(folded.entries).toEqual(TURNS);
  const scattered = diary();
  const groups = await run(scattered.read, (input) =>
    input.map((n) => [scattered.seen(n) % 2, n] as [number, number]).groupByKey(),
  );
  expect(groups.records.map(([k, v]) => [k, [...v].length])).toEqual([
    [0, 15],
    [1, 15],
  ]);
  expect(scattered.entries).toEqual(TURNS);
});

test('what is kept on the way has all pieces', async () => {
  const { read, seen } = diary();
  const { records } = await run(read, (input) => {
    const kept = input.map(seen);
    kept.persist();
    return kept.union(kept);
  });
  expect(records).toEqual([...Array(30).keys(), ...Array(30).keys()]);
});

test('a partition that is needed whole is whole', async () => {
  const { read } = diary();
  expect((await run(read, (input) => input)).records).toEqual([...Array(30).keys()]);
  expect((await run(read, (input) => input.mapPartitions((all) => [[...all].length]))).records).toEqual([30]);
});

test('blocks of a reader flow one after the other, whether given at once or in turn', async () => {
  const blocks = ['1\n2\n', '3\n', '', '4'].map((text) => linesBlock(text));
  const numbers = (input: DStream<number>) => input.map(Number);
  expect((await run(() => blocks, numbers)).records).toEqual([1, 2, 3, 4]);
  expect(
    (
      await run(
        async () => blocks,
        (input) => input,
      )
    ).records,
  ).toEqual(['1', '2', '3', '4']);
  const inTurn = async function* () {
    yield* blocks;
    yield [5, 6];
  };
  expect((await run(inTurn, numbers)).records).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a function that throws ends reading, and the reader may tidy up', async () => {
  const { entries, read } = diary();
  const { failure } = await run(read, (input) =>
    input.map((n) => {
      if (n === 12) throw new RangeError('twelve');
      return n;
    }),
  );
  expect(failure).toMatchObject({ code: 'MR_TASK_FAILED', cause: { message: 'twelve' } });
  expect(entries).toEqual(['piece 0', 'piece 1', 'closed']);
});

test('a reader that fails between pieces fails the task', async () => {
  const broken = async function* () {
    yield [1];
    throw new RangeError('the disk is gone');
  };
  const { failure, records } = await run(broken, (input) => input.map((n) => n));
  expect(records).toEqual([]);
  expect(failure).toMatchObject({ cause: { message: 'the disk is gone' } });
});

test('what a reader counts in accumulators belongs to its task, also after it has waited', async () => {
  let count = (_: number) => {};
  let value = () => 0;
  const build = (fails: boolean) => (input: DStream<number>, ssc: StreamingContext) => {
    const read = ssc.accumulator('read', 0, (a: number, b: number) => a + b);
    count = (n) => read.add(n);
    value = () => read.value;
    return input.map((n) => {
      if (fails) throw new RangeError('no');
      return n;
    });
  };
  // By hand: a generator would remember what its first call belonged to.
  const counting = (pieces: number) => ({
    [Symbol.asyncIterator]: () => ({
      async next() {
        await new Promise((resolve) => setImmediate(resolve));
        count(10);
        return { done: pieces-- === 0, value: [pieces] } as IteratorResult<readonly unknown[]>;
      },
    }),
  });
  await run(counting, build(false));
  expect(value()).toBe(40);
  // A failed batch does not count; a sum outside of any task would.
  await run(counting, build(true));
  expect(value()).toBe(0);
});

test('sealed records whose number is known are counted without being decoded', async () => {
  let decoded = 0;
  registerCodec({
    name: 'test-counted',
    encode: () => new Uint8Array(0),
    decode: (bytes) => {
      decoded += 1;
      return [...bytes];
    },
  });
  const block = (count: number) => ({ codec: 'test-counted', count, bytes: Uint8Array.of(1, 2, 3) });
  const countOf = async (blocks: readonly Block[], build: (input: DStream<number>) => DStream<number>) => {
    decoded = 0;
    const clock = new ManualClock();
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock });
    let recordsRead = 0;
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => {
        recordsRead = batchInfo.tasks?.stages[0].tasks.reduce((n, task) => n + task.recordsRead, 0) ?? 0;
      },
    });
    const outputs = collectOutputs(build(ssc.queueStream<number>([{ blocks }])));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    return { records: outputs.flatMap((o) => o.records), decoded, recordsRead };
  };
  const all = { records: [6], recordsRead: 6 };
  expect(await countOf([block(3), block(3)], (input) => input.count())).toEqual({ ...all, decoded: 0 });
  expect(await countOf([block(3), block(-1)], (input) => input.count())).toEqual({ ...all, decoded: 1 });
  const odd = await countOf([block(3), block(3)], (input) => input.filter((n) => n % 2 === 1).count());
  expect(odd).toEqual({ records: [4], recordsRead: 6, decoded: 2 });
});
