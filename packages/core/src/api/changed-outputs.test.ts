import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import type { BatchSink } from './batch-sink.ts';
import type { CheckpointOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** A table with receipts: a write whose key it has seen is left out. */
function table() {
  const rows: string[] = [];
  const receipts = new Set<string>();
  const sink: BatchSink<string> = {
    write(records, { job, output, time, partition }) {
      const receipt = `${job}/${output}/${time.milliseconds}/${partition}`;
      if (!receipts.has(receipt)) rows.push(...records);
      receipts.add(receipt);
      return null;
    },
  };
  return { rows, sink };
}

type Build = (words: DStream<string>, sink: BatchSink<string>) => void;
const named =
  (name?: string): Build =>
  (words, sink) =>
    words.writeTo(sink, name === undefined ? {} : { name });

/** Two batches of a job; with `crashes` the second is written and never completes. */
async function run(
  store: CheckpointStore,
  fromMs: number,
  crashes: boolean,
  sink: BatchSink<string>,
  build: Build,
  options: CheckpointOptions = {},
) {
  const clock = new ManualClock(fromMs);
  const faulty: CheckpointStore = {
    ...store,
    async write(changes) {
      if (crashes && changes.some((c) => c.kind === 'put' && c.key[0] === 'done' && c.key[1] === 2000))
        throw new Error('it dies');
      return store.write(changes);
    },
  };
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  ssc.checkpoint(faulty, options);
  build(new TestSource<string>(ssc, [['a'], ['b'], ['c'], ['d']], { name: 'words' }), sink);
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  await runBatches(ssc, clock, 2);
  await ssc.stop();
}

test('an output that is called otherwise is refused while batches are pending, which it would write twice', async () => {
  const { rows, sink } = table();
  const store = memoryStore();
  await run(store, 0, true, sink, named('rows'));
  const renamed = run(store, 2000, false, sink, named('lines'));
  await expect(renamed).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
  await expect(renamed).rejects.toThrow(/rows\n {4}before: writeTo\(words\)\n {4}now: {4}is gone; 1 batch .*00:00:02/);
  // Under its own name it has the receipt; what else is written is nobody's concern.
  await run(store, 2000, false, sink, (words, it) => {
    words.foreachRDD(() => {});
    words.filter(() => false).writeTo({ write: () => null }, { name: 'more' });
    named('rows')(words, it);
  }).catch(({ details }) => expect(details.differences.map((d: { name: string }) => d.name)).toEqual(['filter-1']));
  await run(store, 2000, false, sink, named('rows'));
  expect(rows).toEqual(['a', 'b', 'c', 'd']);
  // Nothing is pending now.
  await run(store, 4000, false, sink, named('lines'));
});

test('it may be allowed, and then the batch is written once more', async () => {
  const { rows, sink } = table();
  const store = memoryStore();
  await run(store, 0, true, sink, named('rows'));
  await run(store, 2000, false, sink, named('lines'), { allow: ['rows'] });
  expect(rows).toEqual(['a', 'b', 'b', 'c', 'd']);
});

test('a name that was made of a number has to be that of the same stream', async () => {
  const { rows, sink } = table();
  const store = memoryStore();
  const build =
    (first: boolean, last: boolean): Build =>
    (words, it) => {
      const none = words.filter(() => false, { name: 'none' });
      if (first) none.writeTo({ write: () => null });
      words.writeTo(it);
      if (last) none.writeTo({ write: () => null });
    };
  await run(store, 0, true, sink, build(false, false));
  await expect(run(store, 2000, false, sink, build(true, false))).rejects.toThrow(
    /writeTo-1\n {4}before: writeTo\(words\)\n {4}now: {4}writeTo\(none\)/,
  );
  await run(store, 2000, false, sink, build(false, true));
  expect(rows).toEqual(['a', 'b', 'c', 'd']);
});
