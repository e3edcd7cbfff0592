import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, FORMAT, keys, type MetaRecord } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

test('a checkpoint of the first format is gone on with, and has the one of this version then', async () => {
  const store = memoryStore();
  const seen: unknown[] = [];
  const start = async (fromMs: number) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, checkpoint: store });
    const pairs = new TestSource<[string, number]>(ssc, [[['a', 1]], [['a', 2]]], { name: 'pairs' });
    pairs
      .updateStateByKey((ns: readonly number[], sum: number | null) => (ns[0] ?? 0) + (sum ?? 0))
      .foreachRDD(async (rdd) => void seen.push(await rdd.collect()));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
  };
  const meta = () => decodeRecord<MetaRecord>(store.get(keys.meta) as Uint8Array);
  await start(0);
  await store.open();
  const first = meta();
  expect(first.format).toBe(FORMAT);
  await store.write([{ kind: 'put', key: keys.meta, value: encodeRecord({ ...first, format: 1 }) }]);
  await store.close();
  await start(1000);
  await store.open();
  expect(meta()).toEqual(first);
  expect(seen).toEqual([[['a', 1]], [['a', 3]]]);
});

test('a checkpoint that a newer version has laid out is not gone on with, and nothing is written to it', async () => {
  const store = memoryStore();
  const start = async (fromMs: number) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, checkpoint: store });
    new TestSource<string>(ssc, [['a'], ['b']], { name: 'words' }).foreachRDD(() => {});
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
  };
  const contents = async () => {
    await store.open();
    const all = ['meta', 'batch', 'done', 'input'].flatMap((kind) => [...store.entries([kind])]);
    await store.close();
    return all.map(({ key, value }) => [key, Buffer.from(value).toString('hex')]);
  };
  await start(0);
  await store.open();
  const meta = decodeRecord<MetaRecord>(store.get(keys.meta) as Uint8Array);
  // Whatever else has changed by then is not looked at.
  const value = encodeRecord({ ...meta, format: FORMAT + 1, job: 'another', nodes: 'in a form of their own' });
  await store.write([{ kind: 'put', key: keys.meta, value }]);
  await store.close();
  const before = await contents();
  await expect(start(1000)).rejects.toMatchObject({
    code: 'MR_CHECKPOINT_NEWER',
    details: { found: FORMAT + 1, known: FORMAT },
  });
  expect(await contents()).toEqual(before);
});
