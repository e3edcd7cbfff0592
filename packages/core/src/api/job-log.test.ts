import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { collectOutputs, runBatches } from '../testing/run-batches.ts';
import type { CheckpointOptions } from './context-options.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

class Fed extends Receiver<number> {
  onStart() {}
  onStop() {}
}

let dir = '';
let log = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-job-log-'));
  log = join(dir, 'log');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Life {
  readonly fromMs?: number;
  readonly stream?: string;
  readonly onDamage?: 'fail' | 'skip';
  readonly options?: CheckpointOptions;
}

async function job(store: CheckpointStore, { fromMs = 0, stream = 'numbers', onDamage, options = {} }: Life = {}) {
  const clock = new ManualClock(fromMs);
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (message) => warnings.push(message) });
  const writeAheadLog = { dir: log, ...(onDamage === undefined ? {} : { onDamage }) };
  ssc.checkpoint(store, { writeAheadLog, ...options });
  const receiver = new Fed();
  const outputs = collectOutputs(ssc.receiverStream(receiver, { name: stream }));
  await ssc.start();
  return { ssc, clock, receiver, outputs, warnings };
}

test('two jobs with one directory: the second is refused, while the first runs and when both start again', async () => {
  const [a, b] = [memoryStore(), memoryStore()];
  const first = await job(a);
  await expect(job(b)).rejects.toMatchObject({ code: 'MR_LOG_OWNED', message: expect.stringContaining('which runs') });
  await first.receiver.storeMany([1]);
  await first.ssc.stop();
  // Begun elsewhere, and then pointed at the other's directory.
  const second = await job(b, { options: { writeAheadLog: { dir: join(dir, 'other') } } });
  await second.receiver.storeMany([2]);
  await second.ssc.stop();
  await expect(job(b)).rejects.toMatchObject({ code: 'MR_LOG_OWNED' });
  const again = await job(a);
  await runBatches(again.ssc, again.clock, 1);
  await again.ssc.stop();
  expect(again.outputs.at(-1)?.records).toEqual([1]);
});

test('a log that nothing was stored in is free for a new job, and its first one hears of that', async () => {
  const [a, b] = [memoryStore(), memoryStore()];
  await (await job(a)).ssc.stop();
  await (await job(b)).ssc.stop();
  await expect(job(a)).rejects.toMatchObject({ code: 'MR_LOG_OWNED' });
});

test('a log that is missing with all that is in it is missed before any batch knows of it', async () => {
  const store = memoryStore();
  const first = await job(store);
  await first.receiver.storeMany([1]);
  await first.ssc.stop();
  for (const name of readdirSync(log)) rmSync(join(log, name));
  await expect(job(store)).rejects.toMatchObject({ code: 'MR_LOG_DAMAGED' });
  const skipping = await job(store, { onDamage: 'skip' });
  expect(skipping.warnings.join()).toContain('The log is damaged');
  await skipping.receiver.storeMany([2]);
  await skipping.ssc.stop();
  const last = await job(store);
  await runBatches(last.ssc, last.clock, 1);
  await last.ssc.stop();
  expect(last.outputs.at(-1)?.records).toEqual([2]);
});

test('what lies where the log or a file of it should be is refused with a code, and changes nothing', async () => {
  writeFileSync(log, 'a file');
  await expect(job(memoryStore())).rejects.toMatchObject({
    code: 'MR_LOG_WRITE',
    message: expect.stringContaining('has to be a directory'),
  });
  rmSync(log);
  const store = memoryStore();
  const first = await job(store);
  await first.receiver.storeMany([1]);
  await first.ssc.stop();
  rmSync(join(log, '0000000000.log'));
  mkdirSync(join(log, '0000000000.log'));
  await expect(job(store)).rejects.toMatchObject({ code: 'MR_LOG_DAMAGED' });
  const skipping = await job(store, { onDamage: 'skip' });
  await skipping.receiver.storeMany([2]);
  await runBatches(skipping.ssc, skipping.clock, 1);
  await skipping.ssc.stop();
  expect(skipping.outputs.at(-1)?.records).toEqual([2]);
});

test('a log without its mark is damaged, with or without its newest file', async () => {
  for (const withNewest of [true, false]) {
    const store = memoryStore();
    const options = { writeAheadLog: { dir: log, segmentBytes: 1024 } };
    const first = await job(store, { options });
    for (let n = 0; n < 30; n++) await first.receiver.storeMany([n]);
    await first.ssc.stop();
    rmSync(join(log, 'newest'));
    const segments = readdirSync(log).filter((name) => name.endsWith('.log'));
    expect(segments.length).toBeGreaterThan(2);
    if (!withNewest) rmSync(join(log, segments.at(-1) as string));
    await expect(job(store)).rejects.toMatchObject({
      code: 'MR_LOG_DAMAGED',
      message: expect.stringMatching(/newest.*nothing says how far the log was/),
    });
    const skipping = await job(store, { onDamage: 'skip' });
    expect(skipping.warnings.filter((warning) => warning.includes('nothing says how far'))).toHaveLength(1);
    await skipping.ssc.stop();
    // It has one again, and nobody is asked twice.
    const last = await job(store);
    await runBatches(last.ssc, last.clock, 1);
    await last.ssc.stop();
    const stored = Array.from({ length: 30 }, (_, n) => n);
    const left = last.outputs.at(-1)?.records as number[];
    expect(left).toEqual(stored.slice(0, left.length));
    expect(left.length === stored.length).toBe(withNewest);
    rmSync(log, { recursive: true });
  }
});

test('a log in which nothing was stored yet has its mark, and misses it', async () => {
  const store = memoryStore();
  await (await job(store)).ssc.stop();
  rmSync(join(log, 'newest'));
  await expect(job(store)).rejects.toMatchObject({ code: 'MR_LOG_DAMAGED' });
});

test('a log that an earlier version has begun may have no mark, and has one from now on', async () => {
  const store = memoryStore();
  await (await job(store)).ssc.stop();
  rmSync(join(log, 'newest'));
  const { marked: _, ...whose } = JSON.parse(readFileSync(join(log, 'job'), 'utf8'));
  writeFileSync(join(log, 'job'), JSON.stringify(whose));
  await (await job(store)).ssc.stop();
  expect(JSON.parse(readFileSync(join(log, 'job'), 'utf8'))).toEqual({ ...whose, marked: true });
  rmSync(join(log, 'newest'));
  await expect(job(store)).rejects.toMatchObject({ code: 'MR_LOG_DAMAGED' });
});
