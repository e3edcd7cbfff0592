import { expect, test } from 'vitest';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { BatchSink } from './batch-sink.ts';
import type { ContextOptions } from './context-options.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';
import { using } from './using.ts';

/** Runs batches of numbers into a sink; the first failure, and what was warned about. */
async function run(
  sink: BatchSink<number>,
  batches: readonly (readonly number[])[],
  options: ContextOptions & { numPartitions?: number } = {},
) {
  const { numPartitions = 2, ...rest } = options;
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), {
    name: 'job',
    clock,
    warn: (message) => warnings.push(message),
    ...rest,
  });
  new TestSource(ssc, batches, { numPartitions }).writeTo(sink, { name: 'out' });
  await ssc.start();
  await runBatches(ssc, clock, batches.length);
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e as Error & { code: string },
  );
  return { failure, warnings };
}

test('a batch is prepared, written by partition, and committed with its receipts in order', async () => {
  const told: unknown[] = [];
  const { failure } = await run(
    {
      prepare: ({ time }) => void told.push(`prepare ${time.milliseconds}`),
      async write(records, { job, output, time, partition, numPartitions }) {
        told.push(`write ${job} ${output} ${time.milliseconds} ${partition}/${numPartitions}`);
        let sum = 0;
        for (const n of records) sum += n;
        return sum;
      },
      commit: (_batch, receipts) => void told.push(receipts),
    },
    [[1, 2, 3, 4], []],
  );
  expect(failure).toBeNull();
  expect(told).toEqual([
    'prepare 1000',
    'write job out 1000 0/2',
    'write job out 1000 1/2',
    [3, 7],
    'prepare 2000',
    'write job out 2000 0/2',
    'write job out 2000 1/2',
    [0, 0],
  ]);
});

test('a sink without receipts commits with null for each partition', async () => {
  let given: readonly unknown[] = [];
  await run(
    {
      write: () => {},
      commit: (_batch, receipts) => {
        given = receipts;
      },
    },
    [[1]],
  );
  expect(given).toEqual([null, null]);
});

test('when preparing fails nothing is written and nothing aborted', async () => {
  const told: string[] = [];
  const { failure } = await run(
    {
      prepare: () => Promise.reject(new Error('no room.')),
      write: () => void told.push('write'),
      commit: () => void told.push('commit'),
      abort: () => void told.push('abort'),
    },
    [[1]],
  );
  expect(told).toEqual([]);
  expect(failure).toMatchObject({ code: 'MR_SINK_FAILED', cause: new Error('no room.') });
  expect(failure?.message).toContain('The sink out failed: preparing the batch of 1000 ms: no room.');
});

test('when committing fails the batch is aborted and fails; the next one goes on', async () => {
  const told: string[] = [];
  const { failure } = await run(
    {
      write: () => {},
      commit: ({ time }) => {
        if (time.milliseconds === 1000) throw new Error('refused');
        told.push(`commit ${time.milliseconds}`);
      },
      abort: ({ time }, reason) => void told.push(`abort ${time.milliseconds} ${(reason as { code: string }).code}`),
    },
    [[1], [2]],
  );
  expect(told).toEqual(['abort 1000 MR_SINK_FAILED', 'commit 2000']);
  expect(failure?.code).toBe('MR_SINK_FAILED');
});

test('an error in abort is a warning; the batch fails with the first one', async () => {
  const { failure, warnings } = await run(
    {
      write: (_records, { partition }) => {
        if (partition === 1) throw new Error('disk full');
      },
      abort: () => {
        throw new Error('and broken');
      },
    },
    [[1, 2]],
  );
  expect(failure).toMatchObject({ code: 'MR_TASK_FAILED', details: { operator: 'out', partition: 1 } });
  expect(warnings).toEqual(['the sink out could not abort the batch of 1000 ms: Error: and broken']);
});

test('a partition that is tried again is written under the same name, and counts once', async () => {
  const written: string[] = [];
  let receipts: readonly unknown[] = [];
  const { failure } = await run(
    {
      write: (records, { output, time, partition }) => {
        written.push(`${output}/${time.milliseconds}/${partition}`);
        if (written.length === 1) throw new Error('once');
        return [...records].length;
      },
      commit: (_batch, given) => {
        receipts = given;
      },
    },
    [[1, 2, 3]],
    { numPartitions: 1, maxTaskFailures: 2 },
  );
  expect(failure).toBeNull();
  expect(written).toEqual(['out/1000/0', 'out/1000/0']);
  expect(receipts).toEqual([3]);
});

test('commits are in time order, also when batches run at the same time', async () => {
  const order: string[] = [];
  let clock: ManualClock;
  const sink: BatchSink<number> = {
    async write(_records, { time }) {
      // The first batch takes until after the second one was written.
      if (time.milliseconds === 1000) await new Promise<void>((resolve) => clock.at(2500, resolve));
      order.push(`write ${time.milliseconds}`);
    },
    commit: ({ time }) => void order.push(`commit ${time.milliseconds}`),
  };
  clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, concurrentJobs: 2 });
  new TestSource(ssc, [[1], [2]], { numPartitions: 1 }).writeTo(sink);
  await ssc.start();
  await clock.advance(2900);
  await ssc.awaitIdle();
  await ssc.stop();
  expect(order).toEqual(['write 2000', 'write 1000', 'commit 1000', 'commit 2000']);
});

test('a sink opens resources where it writes', async () => {
  const log: string[] = [];
  const file = using(
    () => log,
    (opened) => void opened.push('closed'),
  );
  await run(
    {
      async write(records, partition) {
        (await partition.open(file)).push([...records].join(''));
      },
    },
    [[1, 2], [3]],
    { numPartitions: 1 },
  );
  expect(log).toEqual(['12', '3', 'closed']);
});

test('explain calls a sink by its kind, and so do names', () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [[1]]);
  stream.writeTo({ kind: 'mySink', write: () => {} });
  stream.writeTo({ write: () => {} });
  const { outputs } = ssc.explain('json');
  expect(outputs.map(({ name, kind }) => [name, kind])).toEqual([
    ['mySink-1', 'mySink'],
    ['writeTo-1', 'writeTo'],
  ]);
});

test('what is no sink is refused', () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [[1]]);
  expect(() => stream.writeTo(null as never)).toThrow('writeTo: sink');
  expect(() => stream.writeTo({} as never)).toThrow('write');
  expect(() => stream.writeTo({ kind: 'a b', write: () => {} })).toThrow('writeTo: kind');
  expect(() => stream.writeTo({ write: () => {}, commit: 5 } as never)).toThrow('commit');
  expect(() => stream.writeTo({ write: () => {} }, { nmae: 'x' } as never)).toThrow('writeTo: nmae');
});
