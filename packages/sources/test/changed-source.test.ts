import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { single } from '@millrace/backend-single';
import {
  type CheckpointOptions,
  type CheckpointStore,
  type DStream,
  memoryStore,
  Receiver,
  StreamingContext,
  seconds,
} from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textFileBatches, textFileStream } from '../src/files/index.ts';
import { iterableStream } from '../src/iterable/index.ts';
import { rateStream } from '../src/rate/index.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-changed-'));
  mkdirSync(join(dir, 'in'));
  writeFileSync(join(dir, 'lines'), Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''));
});
afterAll(() => rmSync(dir, { recursive: true }));

class Posted extends Receiver<string> {
  onStart() {
    void this.storeMany(['posted']);
  }
  onStop() {}
}

const SOURCES: Readonly<Record<string, (ssc: StreamingContext) => DStream<string>>> = {
  rateStream: (ssc) => rateStream(ssc, { recordsPerSecond: 3, record: (i) => `rate ${i}`, name: 'words' }),
  iterableStream: (ssc) =>
    iterableStream(
      ssc,
      Array.from({ length: 50 }, (_, i) => `item ${i}`),
      { name: 'words' },
    ),
  textFileBatches: (ssc) => textFileBatches(ssc, join(dir, 'lines'), { linesPerBatch: 5, name: 'words' }),
  fileStream: (ssc) => textFileStream(ssc, join(dir, 'in'), { name: 'words' }),
  receiver: (ssc) => ssc.receiverStream(new Posted(), { name: 'words' }),
};

/** Runs a job over a window of two batches; with `crashes` its last batch stays planned and is never written down as completed. */
async function run(store: CheckpointStore, kind: string, fromMs: number, crashes: boolean, options: CheckpointOptions) {
  const warnings: string[] = [];
  const got: [time: number, records: string[]][] = [];
  const clock = new ManualClock(fromMs);
  const faulty: CheckpointStore = {
    ...store,
    async write(changes) {
      if (crashes && changes.some((c) => c.kind === 'put' && c.key[0] === 'done' && c.key[1] === 2000))
        throw new Error('it dies');
      return store.write(changes);
    },
  };
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: (w) => warnings.push(w) });
  ssc.checkpoint(crashes ? faulty : store, options);
  const words = SOURCES[kind](ssc).window(seconds(2));
  words.foreachRDD(async (rdd, time) => void got.push([time.milliseconds, await rdd.collect()]));
  try {
    await ssc.start();
    ssc.awaitTermination().catch(() => {});
    await ssc.awaitIdle();
    await runBatches(ssc, clock, 2);
  } finally {
    await ssc.stop();
  }
  await ssc.awaitTermination().catch((e) => {
    if (!crashes) throw e;
  });
  return { warnings, got };
}

const pairs = Object.keys(SOURCES).flatMap((a) => Object.keys(SOURCES).map((b) => [a, b] as const));

test.each(pairs.filter(([a, b]) => a !== b))('what a %s has saved is not handed to a %s', async (before, now) => {
  const store = memoryStore();
  await run(store, before, 0, true, {});
  const refused = run(store, now, 2000, false, {});
  await expect(refused).rejects.toMatchObject({
    code: 'MR_CHECKPOINT_DIFFERS',
    details: {
      differences: [
        { name: 'words', before: expect.stringContaining(`(${before})`), now: expect.stringContaining(`(${now})`) },
      ],
    },
  });
  // The first start of the new program dies with the same batch pending.
  const { warnings } = await run(store, now, 2000, true, { allow: ['words'] });
  expect(warnings.filter((w) => w.includes('is dropped'))).toEqual([
    expect.stringMatching(new RegExp(`source words \\(${before}\\) is dropped.*1 batch .*00:00:02.000Z.*run without`)),
  ]);
  const second = await run(store, now, 2000, false, {});
  expect(second.warnings.filter((w) => w.includes('dropped') || w.includes('allow'))).toEqual([]);
  // It has nothing of the new source; those after it have.
  expect(second.got.map(([time]) => time)).toEqual([2000, 3000, 4000]);
  expect(second.got[0][1]).toEqual([]);
  const third = await run(store, now, 4000, false, {});
  expect(third.got.map(([time]) => time)).toEqual([5000, 6000]);
  if (now === 'rateStream') {
    expect(second.got[1][1]).toEqual(['rate 0', 'rate 1', 'rate 2']);
    expect(third.got[0][1]).toEqual(['rate 3', 'rate 4', 'rate 5', 'rate 6', 'rate 7', 'rate 8']);
  }
});

test.each(Object.keys(SOURCES))('a %s goes on where it was', async (kind) => {
  const store = memoryStore();
  await run(store, kind, 0, true, {});
  const { warnings, got } = await run(store, kind, 2000, false, {});
  expect(warnings.filter((w) => w.includes('dropped'))).toEqual([]);
  expect(got.map(([time]) => time)).toEqual([2000, 3000, 4000]);
});
