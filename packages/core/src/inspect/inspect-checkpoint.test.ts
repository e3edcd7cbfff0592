import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InputDStream } from '../api/input-dstream.ts';
import { StreamingContext } from '../api/streaming-context.ts';
import { seconds, type Time } from '../api/time.ts';
import { lmdbStore } from '../checkpoint/lmdb-store.ts';
import { simulate } from '../checkpoint/simulation.ts';
import { seededRandom } from '../lineage/builtins.ts';
import { markBytes } from '../log/log-mark.ts';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-inspect-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

class Fed extends Receiver<string> {
  onStart() {}
  onStop() {}
}

/** Cannot be asked again: its batches are stored. */
class Users extends InputDStream<string> {
  readonly #batches: readonly string[][];

  constructor(ssc: StreamingContext, batches: readonly string[][]) {
    super(ssc, { name: 'users' });
    this.#batches = batches;
  }

  compute(time: Time) {
    return this.#batches[time.milliseconds / 1000 - 1] ?? [];
  }
}

/** Content and times of all that is below a directory. */
function fingerprint(below = dir): Record<string, string> {
  const names = readdirSync(below, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    [{ name: '.', parentPath: below }, ...names].map(({ name, parentPath }) => {
      const path = join(parentPath, name);
      const at = statSync(path, { bigint: true });
      const hash = at.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [path, `${hash} ${at.mtimeNs} ${at.ctimeNs} ${at.size}`];
    }),
  );
}

/** Inspects, and sees to it that nothing below the directory has changed. */
async function inspect(...args: Parameters<typeof inspectCheckpoint>) {
  const before = fingerprint();
  try {
    return await inspectCheckpoint(...args);
  } finally {
    expect(fingerprint()).toEqual(before);
  }
}

/** A job with a receiver, a source whose batches are stored, three kinds of state, and an accumulator. */
async function job(
  fromMs: number,
  users: readonly string[][] = [['ann', 'bob'], ['bob', 'cid'], ['ann'], ['cid', 'ann']],
) {
  const clock = new ManualClock(fromMs);
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, name: 'visits', warn: () => {} });
  ssc.checkpoint(dir);
  const receiver = new Fed();
  const seen = ssc.accumulator('seen', 0, (a, b) => a + b);
  const visits = ssc.receiverStream(receiver, { name: 'visits' }).map((user) => {
    seen.add(1);
    return [user, 1] as [string, number];
  });
  const add = (a: number, b: number) => a + b;
  const totals = visits.updateStateByKey((ns: number[], sum: number | null) => ns.reduce(add, sum ?? 0), {
    name: 'totals',
    numPartitions: 2,
  });
  const recent = visits.reduceByKeyAndWindow(add, seconds(3), seconds(1), { inverse: (a, b) => a - b, name: 'recent' });
  const once = new Users(ssc, users).dedupe((user) => user, {
    ttl: seconds(60),
    name: 'once',
  });
  for (const [name, stream] of [
    ['one', totals],
    ['two', recent],
    ['three', once],
  ] as const)
    stream.foreachRDD(async (rdd) => void (await rdd.collect()), { name });
  await ssc.start();
  return { clock, ssc, receiver };
}

test('a job that runs is shown whole, and nothing of it is touched', async () => {
  const { clock, ssc, receiver } = await job(0);
  for (let n = 1; n <= 4; n++) {
    await receiver.storeMany(['ann', `user-${n}`, 'bob']);
    await runBatches(ssc, clock, 1);
  }
  await receiver.storeMany(['waits', 'too']);
  const report = await inspect(dir, { sampleKeys: 2 });
  expect(report).toMatchObject({
    dir,
    format: 1,
    job: 'visits',
    batchIntervalMs: 1000,
    zeroTime: 0,
    owner: { pid: process.pid, status: 'alive' },
    store: { dir: join(dir, 'store'), verified: true },
    batches: { lastCompleted: 4000, pending: [], failed: [], skipped: [], lastIntervalMs: 1000 },
    accumulators: [{ name: 'seen', value: 12 }],
  });
  expect(report.inputs.map(({ name, kind, stored: { records } }) => [name, kind, records])).toEqual([
    ['visits', 'input', 0],
    ['users', 'input', 3],
  ]);
  expect(report.inputs[0]?.lastBatch?.time).toBe(4000);
  expect(report.inputs[0]?.progress).toMatchObject({ segment: 0 });
  const states = Object.fromEntries(report.states.map(({ name, ...rest }) => [name, rest]));
  expect(states['totals']).toMatchObject({ kind: 'updateStateByKey', time: 4000, partitions: 2, keys: 6, panes: 0 });
  expect(states['recent']).toMatchObject({ kind: 'reduceByKeyAndWindow', panes: 3 });
  expect(states['once']).toMatchObject({ kind: 'dedupe', keys: 3 });
  expect(states['totals']?.sampleKeys).toHaveLength(2);
  expect(report.log).toMatchObject({ segments: 1, blocks: 5, records: 14, torn: false, damaged: [] });
  expect(report.log?.streams).toMatchObject([{ name: 'visits', blocks: 5, records: 14 }]);
  await ssc.stop();
  expect((await inspect(dir)).owner).toBe(null);
});

test('keys are counted and sampled right, whatever came and went, before, while and after deltas become one', async () => {
  const seed = String(Math.random());
  console.info(`seed ${seed}`);
  const random = seededRandom(seed);
  for (const make of [(n: number) => n, (n: number) => `käy ${n}`, (n: number) => n + 0.5, (n: number) => [n, 'x']]) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    const batches = Array.from({ length: 40 }, () =>
      Array.from({ length: Math.floor(random() * 12) }, () => [make(Math.floor(random() * 30)), random() < 0.4]),
    ) as [unknown, boolean][][];
    const clock = new ManualClock(0);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
    const store = lmdbStore(join(dir, 'store'));
    // So few that each partition is read over several batches.
    simulate(store, { sweptAtOnce: 2, partsOfOne: 3, files: undefined });
    ssc.checkpoint(store);
    new TestSource<[unknown, boolean]>(ssc, batches)
      .updateStateByKey(
        (ends: boolean[], n: number | null) =>
          ends.at(-1) === true ? null : ends.length === 0 && n === null ? null : (n ?? 0) + 1,
        { name: 'state', numPartitions: 3 },
      )
      .foreachRDD(async (rdd) => void (await rdd.collect()));
    await ssc.start();
    const alive = new Map<string, unknown>();
    for (const batch of batches) {
      await runBatches(ssc, clock, 1);
      for (const [key, ends] of batch) {
        if (ends) alive.delete(JSON.stringify(key));
        else alive.set(JSON.stringify(key), key);
      }
      const [state] = (await inspectCheckpoint(dir, { sampleKeys: 100 })).states;
      expect(state?.keys).toBe(alive.size);
      const sample = (state?.sampleKeys ?? []).map((key) => JSON.stringify(key));
      expect(sample.toSorted()).toEqual([...alive.keys()].toSorted());
    }
    await ssc.stop();
  }
});

test('batches that are pending, failed and skipped', async () => {
  const make = async (fromMs: number, options: object, fails: boolean) => {
    const clock = new ManualClock(fromMs);
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, ...options });
    ssc.checkpoint(dir, { missedBatches: 'skip' });
    ssc.remember(seconds(100));
    new TestSource<number>(ssc, [[1], [2], [3], [4], [5]], { name: 'numbers' }).foreachRDD(async (rdd) => {
      if (fails && (await rdd.collect())[0] === 2) throw new Error('no two');
    });
    ssc.awaitTermination().catch(() => {});
    await ssc.start();
    return { clock, ssc };
  };
  const one = await make(0, { onBatchFailure: 'continue' }, true);
  await runBatches(one.ssc, one.clock, 3).catch(() => {});
  await one.ssc.stop();
  const two = await make(9500, {}, false);
  await runBatches(two.ssc, two.clock, 1);
  await two.ssc.stop();
  const { batches } = await inspect(dir);
  expect(batches).toMatchObject({
    completed: 3,
    lastCompleted: 10_000,
    pending: [],
    skipped: [{ from: 4000, to: 9000, stepMs: 1000 }],
  });
  expect(batches.failed).toMatchObject([{ time: 2000, reason: expect.stringContaining('no two') }]);

  rmSync(dir, { recursive: true });
  mkdirSync(dir);
  const stopped = await make(0, { onBatchFailure: 'stop' }, true);
  await runBatches(stopped.ssc, stopped.clock, 3).catch(() => {});
  await stopped.ssc.stop();
  expect((await inspect(dir)).batches).toMatchObject({ completed: 1, lastCompleted: 1000 });
  expect((await inspect(dir)).batches.pending[0]).toBe(2000);
});

test('a copy of the directory, the directory of a store, and a log elsewhere', async () => {
  const { clock, ssc, receiver } = await job(0);
  await receiver.storeMany(['ann']);
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  const copy = join(dir, 'copy');
  cpSync(join(dir, 'store'), join(copy, 'store'), { recursive: true });
  const { store: _, dir: __, log, ...before } = await inspect(dir);
  expect(log?.records).toBe(1);
  const { log: missing, ...rest } = await inspect(copy);
  expect(rest).toMatchObject(before);
  expect(missing).toMatchObject({
    segments: 0,
    damaged: [{ file: join(copy, 'log'), what: expect.stringContaining('missing') }],
  });
  // The directory of a store alone does not say where its log would be.
  expect((await inspect(join(copy, 'store'))).log).toBeNull();
  expect(await inspect(join(copy, 'store'))).toMatchObject(before);
  expect((await inspect(copy, { logDir: join(dir, 'log') })).log).toEqual(log);
});

test('a log that lacks what the checkpoint knows of, or is that of another job', async () => {
  const { clock, ssc, receiver } = await job(0);
  await receiver.storeMany(['ann']);
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  const logDir = join(dir, 'log');
  const damageOf = async (...args: Parameters<typeof inspect>) =>
    (await inspect(...args)).log?.damaged.map((d) => d.what);
  expect(await damageOf(dir, { logDir: join(dir, 'nowhere') })).toEqual([expect.stringContaining('it is missing')]);
  const whose = readFileSync(join(logDir, 'job'), 'utf8');
  writeFileSync(join(logDir, 'job'), JSON.stringify({ ...JSON.parse(whose), id: 'other' }));
  expect(await damageOf(dir)).toEqual([expect.stringContaining('that of the job visits')]);
  writeFileSync(join(logDir, 'job'), whose);
  expect(await damageOf(dir)).toEqual([]);
  for (const name of readdirSync(logDir)) if (name !== 'job') rmSync(join(logDir, name));
  expect(await damageOf(dir)).toEqual([
    expect.stringContaining('the file is missing'),
    expect.stringContaining('nothing says how far the log was'),
  ]);
  for (const name of readdirSync(logDir)) rmSync(join(logDir, name));
  expect(await damageOf(dir)).toEqual([expect.stringContaining('it is missing')]);
  rmSync(logDir, { recursive: true });
  writeFileSync(logDir, 'a file');
  expect(await damageOf(dir)).toEqual([expect.stringContaining('not a directory')]);
});

test('a store whose data is gone or empty is damaged, and one that nobody opened is none', async () => {
  const { ssc } = await job(0);
  await ssc.stop();
  const data = join(dir, 'store', 'data.mdb');
  writeFileSync(data, '');
  await expect(inspect(dir)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  rmSync(data);
  await expect(inspect(dir)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  rmSync(join(dir, 'store', 'opened'));
  await expect(inspect(dir)).rejects.toMatchObject({ code: 'MR_NOT_A_CHECKPOINT' });
});

test('an end that is torn is said to be, and damage in front of it', async () => {
  const { clock, ssc, receiver } = await job(0);
  for (const user of ['ann', 'bob', 'cid']) await receiver.storeMany([user]);
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  const path = join(dir, 'log', '0000000000.log');
  const file = readFileSync(path);
  writeFileSync(path, file.subarray(0, file.length - 5));
  // It was closed, which its mark tells.
  expect((await inspect(dir)).log).toMatchObject({ blocks: 2, torn: false, damaged: [{ file: path }] });
  const mark = join(dir, 'log', 'newest');
  rmSync(mark);
  expect((await inspect(dir)).log).toMatchObject({ blocks: 2, records: 2, torn: true, damaged: [{ file: mark }] });
  // As a process leaves it that dies before it closes the log.
  writeFileSync(mark, markBytes({ segment: 0, safeBefore: 2 }));
  expect((await inspect(dir)).log).toMatchObject({ blocks: 2, records: 2, torn: true, damaged: [] });
  file[80] = (file[80] as number) ^ 1;
  writeFileSync(path, file);
  const { log } = await inspect(dir);
  expect(log).toMatchObject({ blocks: 2, torn: false });
  expect(log?.damaged).toHaveLength(1);
});

describe('what is no checkpoint, or none that can be read', () => {
  test('no directory, a file, an empty directory, an empty store', async () => {
    writeFileSync(join(dir, 'file'), 'text');
    mkdirSync(join(dir, 'empty', 'store'), { recursive: true });
    for (const [path, what] of [
      ['none', 'does not exist'],
      ['file', 'it is a file'],
      ['empty', 'has no store/data.mdb'],
    ] as const)
      await expect(inspect(join(dir, path))).rejects.toMatchObject({
        code: 'MR_NOT_A_CHECKPOINT',
        message: expect.stringContaining(what),
      });
    writeFileSync(join(dir, 'empty', 'store', 'data.mdb'), '');
    await expect(inspect(join(dir, 'empty'))).rejects.toMatchObject({ code: 'MR_NOT_A_CHECKPOINT' });
  });

  test('a store in which no job has begun', async () => {
    const store = lmdbStore(dir);
    await store.open();
    await store.close();
    expect(await inspect(dir)).toMatchObject({ job: null, states: [], inputs: [], store: { entries: 0 } });
  });

  test('garbage, a database of somebody else, a newer format', async () => {
    const { open } = await import('lmdb');
    for (const [written, code] of [
      ['{"magic":"another","format":1}', 'MR_CHECKPOINT_CORRUPT'],
      ['{"magic":"millrace","format":2}', 'MR_CHECKPOINT_NEWER'],
    ] as const) {
      const path = join(dir, code);
      const db = open({ path, encoding: 'binary', keyEncoding: 'binary' });
      await db.put(Buffer.from([0, 1]), Buffer.from(written));
      await db.close();
      await expect(inspect(path)).rejects.toMatchObject({ code });
    }
    writeFileSync(join(dir, 'data.mdb'), 'no database '.repeat(2000));
    await expect(inspect(dir)).rejects.toMatchObject({ code: 'MR_CHECKPOINT_CORRUPT' });
  });

  test('any byte that has turned over is seen, or is of no account', async () => {
    const { clock, ssc, receiver } = await job(0, [Array.from({ length: 3000 }, (_, i) => `user ${i}`)]);
    await receiver.storeMany(Array.from({ length: 2000 }, (_, i) => `user ${i}`));
    await runBatches(ssc, clock, 2);
    await ssc.stop();
    const path = join(dir, 'store', 'data.mdb');
    const file = readFileSync(path);
    const { store: _, ...whole } = await inspectCheckpoint(dir);
    const seed = String(Math.random());
    console.info(`seed ${seed}`);
    const random = seededRandom(seed);
    let refused = 0;
    for (let n = 0; n < 300; n++) {
      const damaged = Buffer.from(file);
      const at = Math.floor(random() * file.length);
      damaged[at] = (damaged[at] as number) ^ (1 << Math.floor(random() * 8));
      writeFileSync(path, damaged);
      const seen = await inspectCheckpoint(dir).catch((e: unknown) => e);
      if (seen instanceof Error) {
        refused += 1;
        expect((seen as { code?: string }).code, String(seen)).toMatch(/^MR_CHECKPOINT_(CORRUPT|NEWER)$/);
      } else {
        const { store: _, ...rest } = seen as Awaited<ReturnType<typeof inspectCheckpoint>>;
        expect(rest, `byte ${at} of ${file.length}`).toEqual(whole);
      }
    }
    expect(refused).toBeGreaterThan(30);
  });
});
