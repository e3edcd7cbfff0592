import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, keys, type MetaRecord } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import type { CheckpointOptions } from './context-options.ts';
import type { DStream } from './dstream/dstream.ts';
import { InputDStream, type InputOptions } from './input-dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds, type Time } from './time.ts';

class Ticks extends InputDStream<number> {
  compute(time: Time) {
    return [time.milliseconds];
  }
}
class Tocks extends Ticks {}
const nameless = (ssc: StreamingContext, options: InputOptions) =>
  new (class extends InputDStream<number> {
    compute() {
      return [0];
    }
  })(ssc, options);

class Posted extends Receiver<number> {
  onStart() {}
  onStop() {}
}

const setting = (store = memoryStore()) => {
  const run = async (
    fromMs: number,
    source: (ssc: StreamingContext) => DStream<number>,
    options: CheckpointOptions = {},
    posts: readonly number[] = [],
  ) => {
    const clock = new ManualClock(fromMs);
    const warnings: string[] = [];
    const got: number[] = [];
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w) });
    ssc.checkpoint(store, options);
    source(ssc).foreachRDD(async (rdd) => void got.push(...(await rdd.collect())));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    if (posts.length > 0) await posted?.storeMany([...posts]);
    await ssc.stop();
    await ssc.awaitTermination();
    return { got, warnings: warnings.filter((w) => !w.includes('missed')) };
  };
  return { store, run };
};
let posted: Posted | null = null;
const receiving = (name: string) => (ssc: StreamingContext) => {
  posted = new Posted();
  return ssc.receiverStream(posted, { name });
};

test('a source of ones own is of the kind that its class is called, or that it says', async () => {
  const { run } = setting();
  await run(0, (ssc) => new Ticks(ssc));
  const another = run(1000, (ssc) => new Tocks(ssc));
  await expect(another).rejects.toThrow(/input-1\n {4}before: input\(Ticks\).*\n {4}now: {4}input\(Tocks\)/);
  await expect(another).rejects.toThrow(/what is stored of the old source is dropped/);
  expect(await run(1000, (ssc) => new Tocks(ssc, { kind: 'Ticks' }))).toEqual({ got: [2000], warnings: [] });
  // A class without a name is compared with nothing.
  expect(await run(2000, (ssc) => nameless(ssc, {}))).toEqual({ got: [0], warnings: [] });
  expect(() => new Ticks(new StreamingContext(inlineBackend(), seconds(1)), { kind: 1 as never })).toThrow(
    expect.objectContaining({ code: 'MR_OPTION' }),
  );
});

test('a checkpoint of before the kind was written down may be of any, and has it from then on', async () => {
  const { store, run } = setting();
  await run(0, (ssc) => new Ticks(ssc));
  await store.open();
  const { outputs: _, ...meta } = decodeRecord<MetaRecord>(store.get(keys.meta) as Uint8Array);
  const nodes = meta.nodes.map(({ source: _, ...node }) => node);
  await store.write([{ kind: 'put', key: keys.meta, value: encodeRecord({ ...meta, nodes }) }]);
  await store.close();
  expect(await run(1000, (ssc) => new Tocks(ssc))).toEqual({ got: [2000], warnings: [] });
  await expect(run(2000, (ssc) => new Ticks(ssc))).rejects.toThrow(/input\(Tocks\)/);
});

test('what a receiver had stored is dropped with a word where another source has its name, also when it comes back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-inputs-'));
  try {
    const { run } = setting();
    const log = { writeAheadLog: { dir: join(dir, 'log') } };
    await run(0, receiving('numbers'), log, [1, 2]);
    // One that was given another name, and one that made way for another kind.
    const renamed = await run(1000, receiving('orders'), { ...log, allow: ['numbers', 'orders'] }, [3]);
    expect(renamed.got).toEqual([]);
    expect(renamed.warnings).toEqual([
      expect.stringContaining('the source numbers (receiver) is dropped'),
      'The log has 2 records of an earlier receiver of numbers; what no batch has had of them is dropped.',
    ]);
    const ticks = await run(2000, (ssc) => new Ticks(ssc, { name: 'orders' }), { ...log, allow: ['orders'] });
    expect(ticks.got).toEqual([3000]);
    expect(ticks.warnings).toEqual([
      expect.stringMatching(/source orders \(receiver\).*what its receiver had stored in the log.*is not read/),
    ]);
    const back = await run(3000, receiving('orders'), { ...log, allow: ['orders'] }, [4]);
    expect(back.got).toEqual([]);
    expect(back.warnings).toEqual([
      expect.stringContaining('the source orders (Ticks) is dropped'),
      'The log has 1 records of an earlier receiver of orders; what no batch has had of them is dropped.',
    ]);
    expect(await run(4000, receiving('orders'), log)).toEqual({ got: [4], warnings: [] });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('what may differ and does not is mentioned', async () => {
  const { run } = setting();
  await run(0, (ssc) => new Ticks(ssc), { allow: ['tikcs'] });
  const { warnings } = await run(1000, (ssc) => new Tocks(ssc), { allow: ['input-1', 'tikcs', 'batch interval'] });
  expect(warnings).toEqual([
    expect.stringContaining('is dropped'),
    expect.stringMatching(/^allow has 'tikcs', 'batch interval', and the program does not differ in that/),
  ]);
});
