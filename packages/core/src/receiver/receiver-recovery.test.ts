import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CheckpointOptions } from '../api/context-options.ts';
import type { DStream } from '../api/dstream/dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds } from '../api/time.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { segmentNumbers } from '../log/segment-files.ts';
import { faultyStore } from '../testing/faulty-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import { Receiver } from './receiver.ts';

/** A receiver that a test feeds. */
class Fed extends Receiver<number> {
  onStart() {}
  onStop() {}
}

let dir = '';
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A job with a running total, and how it is fed; `die` leaves it as a process that was killed would. */
async function job(
  store: Parameters<StreamingContext['checkpoint']>[0],
  fromMs: number,
  segmentBytes = 2 ** 20,
  slide = 1,
  options: CheckpointOptions = {},
) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const waiting: unknown[] = [];
  ssc.addStreamingListener({
    onBatchSubmitted({ batchInfo }) {
      for (const { numRecords, flow } of batchInfo.streamIdToInputInfo.values())
        waiting.push({ numRecords, records: flow?.waitingRecords, bytes: flow?.waitingBytes });
    },
  });
  ssc.checkpoint(store, { writeAheadLog: { dir: join(dir, 'log'), segmentBytes }, ...options });
  const receiver = new Fed();
  const numbers = ssc.receiverStream(receiver, { name: 'numbers' });
  const totals = numbers
    .map((n) => ['sum', n])
    .updateStateByKey((ns: number[], sum: number | null) => ns.reduce(add, sum ?? 0));
  const outputs = collectOutputs(totals, 'totals');
  const windows = collectOutputs(numbers.window(seconds(3), seconds(slide)), 'windows');
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  return { clock, ssc, receiver, outputs, windows, waiting };
}

test('what was stored is there after a restart: in the batch that had it, in windows, or in the next batch', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const store = memoryStore();
  const first = await job(store, 0);
  for (let n = 1; n <= 4; n++) {
    await first.receiver.storeMany([n * 10, n * 10 + 1]);
    await runBatches(first.ssc, first.clock, 1);
  }
  await first.receiver.storeMany([50]);
  await first.receiver.storeBytes({ codec: 'msgpack', count: 1, bytes: new Uint8Array([0, 0x91, 51]) });
  await first.ssc.stop();
  const second = await job(store, 4000);
  await runBatches(second.ssc, second.clock, 1);
  await second.receiver.storeMany([60]);
  await runBatches(second.ssc, second.clock, 1);
  await second.ssc.stop();
  expect([...first.outputs, ...second.outputs].map(({ records }) => records)).toEqual(
    [21, 62, 123, 204, 305, 365].map((sum) => [['sum', sum]]),
  );
  expect(second.windows.map(({ records }) => records)).toEqual([
    [30, 31, 40, 41, 50, 51],
    [40, 41, 50, 51, 60],
  ]);
});

test('a window that slides by several batches has what came before the restart', async () => {
  for (let stopped = 1; stopped < 6; stopped++) {
    dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
    const store = memoryStore();
    const first = await job(store, 0, undefined, 3);
    for (let n = 1; n <= stopped; n++) {
      await first.receiver.storeMany([n]);
      await runBatches(first.ssc, first.clock, 1);
    }
    await first.ssc.stop();
    const second = await job(store, stopped * 1000, undefined, 3);
    for (let n = stopped + 1; n <= 6; n++) {
      await second.receiver.storeMany([n]);
      await runBatches(second.ssc, second.clock, 1);
    }
    await second.ssc.stop();
    expect([...first.windows, ...second.windows].map(({ records }) => records)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a batch that was planned has the same records when it is run again, and no record is there twice', async () => {
  for (let at = 1; at < 12; at++) {
    for (const after of [false, true]) {
      dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
      const store = memoryStore();
      const first = await job(faultyStore(store, { at, after }), 0);
      let stored = 0;
      for (let n = 1; n <= 6; n++) {
        // What is stored when the job has died is its sender's still.
        await first.receiver.storeMany([n]).then(
          () => {
            stored += n;
          },
          () => {},
        );
        if (first.ssc.getState() === 'ACTIVE') await runBatches(first.ssc, first.clock, 1).catch(() => {});
      }
      await first.ssc.stop();
      const second = await job(store, 7000);
      await second.ssc.awaitIdle();
      await runBatches(second.ssc, second.clock, 1);
      await second.ssc.stop();
      expect(second.outputs.at(-1)?.records).toEqual([['sum', stored]]);
      rmSync(dir, { recursive: true, force: true });
    }
  }
});

const add = (a: number, b: number) => a + b;

/** Streams that look back at what was received, as far and as often as they do. */
const LOOKING_BACK: Record<string, (numbers: DStream<number>) => DStream<unknown>> = {
  window: (numbers) => numbers.window(seconds(5)),
  slidingWindow: (numbers) => numbers.window(seconds(4), seconds(3)),
  windowOfWindow: (numbers) => numbers.window(seconds(4), seconds(2)).window(seconds(6), seconds(2)),
  inverseWindow: (numbers) =>
    numbers
      .map((n) => ['sum', n] as [string, number])
      .reduceByKeyAndWindow(add, seconds(6), seconds(3), { inverse: (a, b) => a - b }),
  reducedWindow: (numbers) => numbers.reduceByWindow(add, seconds(5), seconds(2)),
};

for (const [name, program] of Object.entries(LOOKING_BACK)) {
  test(`${name}: a job that goes on has all blocks that it looks back at`, async () => {
    const numBatches = 14;
    /** Batches up to a time, with blocks for each. */
    const run = async (store: CheckpointStore, fromMs: number, toMs: number) => {
      const clock = new ManualClock(fromMs);
      const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
      // Small segments, so that each is deleted as soon as nobody needs what is in it.
      ssc.checkpoint(store, { writeAheadLog: { dir: join(dir, 'log'), segmentBytes: 1024 } });
      const receiver = new Fed();
      const outputs = collectOutputs(program(ssc.receiverStream(receiver, { name: 'numbers' })));
      await ssc.start();
      for (let time = fromMs + 1000; time <= toMs; time += 1000) {
        await receiver.storeMany(Array.from({ length: 300 }, (_, i) => time + i));
        await runBatches(ssc, clock, 1);
      }
      await ssc.stop();
      await ssc.awaitTermination();
      return outputs.map(({ time, records }) => [time, records]);
    };
    dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
    const whole = await run(memoryStore(), 0, numBatches * 1000);
    expect(whole.length).toBeGreaterThan(3);
    for (let stopped = 1; stopped < numBatches; stopped++) {
      rmSync(dir, { recursive: true });
      const store = memoryStore();
      const first = await run(store, 0, stopped * 1000);
      const second = await run(store, stopped * 1000, numBatches * 1000);
      expect([...first, ...second]).toEqual(whole);
    }
  });
}

test("R137: what cannot be logged is its sender's still, and in no batch; the job ends with it, and says so", async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const { clock, ssc, receiver, outputs } = await job(memoryStore(), 0);
  // The log makes its first file when there is something to write.
  rmSync(join(dir, 'log'), { recursive: true });
  writeFileSync(join(dir, 'log'), 'not a directory');
  await expect(receiver.storeMany([1])).rejects.toMatchObject({ code: 'MR_LOG_WRITE' });
  // It ends without a batch, and before one is due.
  await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: 'MR_LOG_WRITE' });
  expect(ssc.health()).toMatchObject({
    status: 'failed',
    failure: { code: 'MR_LOG_WRITE', batchTime: null },
    failedBatches: 0,
  });
  await clock.advance(5000);
  await ssc.stop();
  expect(ssc.getState()).toBe('STOPPED');
  expect(outputs).toEqual([]);
});

test('the log keeps what batches and windows need, and no more', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const { clock, ssc, receiver } = await job(memoryStore(), 0, 1024);
  let most = 0;
  for (let n = 0; n < 60; n++) {
    await receiver.storeMany(Array.from({ length: 300 }, (_, i) => i));
    await runBatches(ssc, clock, 1);
    most = Math.max(most, segmentNumbers(join(dir, 'log')).length);
  }
  await ssc.stop();
  expect(most).toBeLessThan(10);
});

test('the newest file of the log is missed, by the batches that know of it', async () => {
  for (const onDamage of ['fail', 'skip'] as const) {
    dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
    const log = join(dir, 'log');
    const store = memoryStore();
    const first = await job(store, 0, undefined, 1, { writeAheadLog: { dir: log, onDamage } });
    await first.receiver.storeMany([1, 2]);
    await runBatches(first.ssc, first.clock, 1);
    await first.ssc.stop();
    for (const name of readdirSync(log)) rmSync(join(log, name));
    const second = job(store, 1000, undefined, 1, { writeAheadLog: { dir: log, onDamage } });
    if (onDamage === 'fail') {
      await expect(second).rejects.toMatchObject({
        code: 'MR_LOG_DAMAGED',
        message: expect.stringContaining('missing'),
      });
      continue;
    }
    const { ssc, receiver, clock, outputs, windows } = await second;
    await receiver.storeMany([3]);
    await runBatches(ssc, clock, 1);
    await ssc.stop();
    expect(outputs.at(-1)?.records).toEqual([['sum', 6]]);
    expect(windows.at(-1)?.records).toEqual([3]);
  }
});

test('a log with records of a job that the checkpoint does not know is not taken for new input', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const first = await job(memoryStore(), 0);
  await first.receiver.storeMany([1, 2]);
  await runBatches(first.ssc, first.clock, 1);
  await first.ssc.stop();
  await expect(job(memoryStore(), 1000)).rejects.toMatchObject({ code: 'MR_LOG_ORPHANED' });
});

test('a log that is damaged keeps the job from starting', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const store = memoryStore();
  const first = await job(store, 0);
  await first.receiver.storeMany([1]);
  await first.receiver.storeMany([2]);
  await first.ssc.stop();
  const path = join(dir, 'log', '0000000000.log');
  const file = readFileSync(path);
  file[70] ^= 1;
  writeFileSync(path, file);
  await expect(job(store, 1000)).rejects.toMatchObject({ code: 'MR_LOG_DAMAGED' });
});

test('a log that is turned off while blocks are in it is refused, unless that is allowed', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const store = memoryStore();
  const off = { writeAheadLog: false } as const;
  const allowed = { ...off, allow: ['write-ahead log'] };
  const first = await job(store, 0);
  await first.receiver.storeMany([1]);
  await runBatches(first.ssc, first.clock, 1);
  await first.receiver.storeMany([10]);
  await first.ssc.stop();
  const refused = job(store, 1000, undefined, 1, off);
  await expect(refused).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
  await expect(refused).rejects.toThrow(/write-ahead log\n.*on: .*\n.*off: .*writeAheadLog/);
  const second = await job(store, 1000, undefined, 1, allowed);
  await second.receiver.storeMany([100]);
  await runBatches(second.ssc, second.clock, 1);
  await second.ssc.stop();
  // It is off by now, and may stay so.
  const third = await job(store, 2000, undefined, 1, off);
  await runBatches(third.ssc, third.clock, 1);
  await third.ssc.stop();
  // What no batch has got is still in the log, and what one has got is not read twice.
  const fourth = await job(store, 3000);
  await runBatches(fourth.ssc, fourth.clock, 1);
  await fourth.ssc.stop();
  expect([first, second, third, fourth].map((run) => run.outputs.at(-1)?.records)).toEqual(
    [1, 101, 101, 111].map((sum) => [['sum', sum]]),
  );
});

test('what a batch had before there was a log it has again when there is one', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const store = memoryStore();
  // Dies after the batch was planned and before it is over.
  const first = await job(faultyStore(store, { at: 2, after: false }), 0, undefined, 1, { writeAheadLog: false });
  await first.receiver.storeMany([5]);
  await runBatches(first.ssc, first.clock, 1).catch(() => {});
  await first.ssc.stop();
  const second = await job(store, 1000);
  await second.ssc.awaitIdle();
  await runBatches(second.ssc, second.clock, 1);
  await second.ssc.stop();
  expect(second.outputs.map(({ records }) => records)).toEqual([[['sum', 5]], [['sum', 5]]]);
  expect(second.windows.map(({ records }) => records)).toEqual([[5], [5]]);
});

test('what a batch of the run before took does not wait in this one', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-received-'));
  const store = memoryStore();
  // Dies after the batch was planned and before it is over.
  const first = await job(faultyStore(store, { at: 2, after: false }), 0);
  await first.receiver.storeMany([1, 2, 3]);
  await runBatches(first.ssc, first.clock, 1).catch(() => {});
  await first.ssc.stop();
  const second = await job(store, 1000);
  await second.ssc.awaitIdle();
  await runBatches(second.ssc, second.clock, 1);
  await second.ssc.stop();
  expect(second.outputs.map(({ records }) => records)).toEqual([[['sum', 6]], [['sum', 6]]]);
  expect(second.waiting).toEqual([
    { numRecords: 3, records: 0, bytes: 0 },
    { numRecords: 0, records: 0, bytes: 0 },
  ]);
});
