import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { threads } from '@millrace/backend-threads';
import { type DStream, loadJob, milliseconds, type ReceiverInfo } from '@millrace/core';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { fetchText } from './http/scene.ts';
import type network from './jobs/network.ts';
import type { Received } from './jobs/network.ts';

const JOB = new URL('./jobs/network.ts', import.meta.url);
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function scene(maxBufferedRecords: number, gate: () => Promise<void> | void = () => {}) {
  const feed = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(feed, 'listening');
  cleanups.push(() => {
    for (const client of feed.clients) client.terminate();
    feed.close();
  });
  const connected = once(feed, 'connection') as Promise<[WebSocket]>;
  const { ssc, streams } = await loadJob<typeof network>(JOB, {
    backend: threads({ workers: 2 }),
    params: { feed: `ws://127.0.0.1:${(feed.address() as AddressInfo).port}`, maxBufferedRecords },
    batchInterval: milliseconds(20),
    warn: () => {},
  });
  cleanups.push(() => ssc.stop());
  streams.posted.foreachRDD(gate, { name: 'gate' });
  const collect = (stream: DStream<Received>, name: string) => {
    const out: Received[] = [];
    stream.foreachRDD(async (rdd) => void out.push(...(await rdd.collect())), { name });
    return out;
  };
  const posted = collect(streams.posted, 'posted-out');
  const sent = collect(streams.sent, 'sent-out');
  const receivers: ReceiverInfo[] = [];
  ssc.addStreamingListener({ onReceiverStarted: ({ receiverInfo }) => void receivers.push(receiverInfo) });
  await ssc.start();
  const { url } = await streams.posted.listening;
  const post = (values: readonly unknown[]) => fetchText(url, { method: 'POST', body: JSON.stringify(values) });
  return { ssc, streams, posted, sent, receivers, post, url, socket: (await connected)[0] };
}

test('what comes over the network is received and decoded in workers', async () => {
  const { ssc, posted, sent, receivers, post, url, socket } = await scene(100_000);
  expect(receivers.map((r) => r.location)).toEqual(['worker', 'worker']);
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  // All at once: they wait for each other in the worker, and are not turned away for it.
  const answers = await Promise.all(numbers.map((i) => post([i])));
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([202]));
  expect((await fetchText(url, { method: 'POST', body: '{' })).status).toBe(400);
  for (const i of numbers) socket.send(String(i));
  while (sent.length < 1000) await new Promise((resolve) => setImmediate(resolve));
  await ssc.stop({ graceful: true });
  expect(posted.map((r) => r.value).sort((a, b) => Number(a) - Number(b))).toEqual(numbers);
  expect(sent.map((r) => r.value)).toEqual(numbers);
  const threadsOf = (records: readonly Received[]) => [...new Set(records.map((r) => r.thread))];
  const [a, b] = [threadsOf(posted), threadsOf(sent)];
  expect([a.length, b.length]).toEqual([1, 1]);
  expect(a[0]).not.toBe(b[0]);
  expect([a[0], b[0]]).not.toContain(0);
  await expect(fetch(url, { method: 'POST' })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a full buffer on the driver turns senders away in the worker, until it has drained', async () => {
  const blocked = Promise.withResolvers<void>();
  const { ssc, streams, posted, post } = await scene(100, () => blocked.promise);
  const values = (from: number) => Array.from({ length: 10 }, (_, i) => from + i);
  let accepted = 0;
  let status = 202;
  while (status === 202) {
    status = (await post(values(accepted))).status;
    if (status === 202) accepted += 10;
  }
  expect(status).toBe(429);
  // One batch has begun; behind it wait no more than the bound and one request.
  expect(accepted).toBeGreaterThanOrEqual(100);
  expect(streams.posted.flow()?.waitingRecords).toBeLessThanOrEqual(110);
  blocked.resolve();
  while (status !== 202) status = (await post(values(accepted))).status;
  await ssc.stop({ graceful: true });
  expect(posted.map((r) => r.value)).toEqual(Array.from({ length: accepted + 10 }, (_, i) => i));
  expect(streams.posted.flow()?.refused).toBeGreaterThanOrEqual(1);
});
