import { threadId } from 'node:worker_threads';
import { loadJob, milliseconds, type ReceiverInfo } from '@millrace/core';
import { afterEach, expect, test } from 'vitest';
import { threads } from '../src/index.ts';
import type receives from './jobs/receives.ts';
import type { ReceivesParams } from './jobs/receives.ts';

const JOB = new URL('./jobs/receives.ts', import.meta.url);
const backend = () => threads({ workers: 1 });
let stop: (() => Promise<void>) | null = null;

afterEach(async () => {
  await stop?.();
  stop = null;
});

async function load(params: Partial<ReceivesParams>) {
  const all: ReceivesParams = {
    count: 5000,
    starts: new SharedArrayBuffer(4),
    acknowledged: new SharedArrayBuffer(4),
    dieAfter: null,
    ...params,
  };
  const { ssc, streams } = await loadJob<typeof receives>(JOB, {
    backend: backend(),
    params: all,
    batchInterval: milliseconds(20),
    warn: () => {},
  });
  stop = () => ssc.stop();
  const out: number[] = [];
  const done = Promise.withResolvers<void>();
  streams.doubled.foreachRDD(
    async (rdd) => {
      out.push(...(await rdd.collect()));
      if (out.length >= all.count) done.resolve();
    },
    { name: 'out' },
  );
  const events: [string, ReceiverInfo][] = [];
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo }) => void events.push(['started', receiverInfo]),
    onReceiverError: ({ receiverInfo }) => void events.push(['error', receiverInfo]),
    onReceiverStopped: ({ receiverInfo }) => void events.push(['stopped', receiverInfo]),
  });
  return { ssc, streams, out, done: done.promise, events, params: all };
}

const doubled = (n: number) => Array.from({ length: n }, (_, i) => 2 * i);

test('a receiver in a worker hands over everything, in order, within its bounds', async () => {
  const { ssc, out, done, events } = await load({});
  const waiting: number[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => void waiting.push(batchInfo.numRecords),
  });
  await ssc.start();
  await done;
  await ssc.stop({ graceful: true });
  expect(out).toEqual(doubled(5000));
  expect(Math.max(...waiting)).toBeLessThanOrEqual(2000);
  expect(events.map(([kind, info]) => [kind, info.location, info.active])).toEqual([
    ['started', 'worker', true],
    ['stopped', 'worker', false],
  ]);
  expect(threadId).toBe(0);
});

test('the worker of a receiver dies: another goes on, and what was not acknowledged comes again', async () => {
  const { ssc, out, done, events, params } = await load({ dieAfter: 700 });
  await ssc.start();
  await done;
  await ssc.stop({ graceful: true });
  // The acknowledgement is written before the next store, so what comes twice is nothing here.
  expect([...new Set(out)].sort((a, b) => a - b)).toEqual(doubled(5000));
  expect(new Int32Array(params.starts)[0]).toBe(2);
  expect(events.map(([kind]) => kind)).toEqual(['started', 'stopped', 'started', 'stopped']);
  expect(events[1][1].lastError).toMatch('the receiver of numbers');
});

test('a receiver in a worker that cannot begin fails the start with its own error', async () => {
  const { ssc } = await load({ failStart: true });
  await expect(ssc.start()).rejects.toThrow('no source here');
  expect(ssc.getState()).toBe('STOPPED');
});
