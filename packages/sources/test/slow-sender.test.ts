import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { collectOutputs, ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { httpStream } from '../src/http/index.ts';
import { iterableStream } from '../src/iterable/index.ts';
import { socketServerStream, socketTextStream } from '../src/sockets/index.ts';
import { webSocketStream } from '../src/web-socket/index.ts';
import { fetchText } from './http/scene.ts';
import { turns, until } from './sockets/peers.ts';

/** Records that each sender has: far more than all buffers on the way hold. */
const RECORDS = 40_000;
/** Records that each source may keep waiting. */
const BOUND = 100;
/** Batches that are planned while the first one runs. */
const PLANNED = 2;
/** A record is a number and so much besides. */
const FILLER = 'x'.repeat(1000);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Writes all that it has as fast as the other side takes it. */
async function pour(socket: Socket): Promise<void> {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  for (let i = 0; i < RECORDS && !socket.destroyed; i++) {
    if (!socket.write(`${i} ${FILLER}\n`)) await once(socket, 'drain', { signal: closed.signal }).catch(() => {});
  }
}

/** Waits until a number that only falls or rises by what happens elsewhere has stood still for a while. */
async function still(look: () => number): Promise<number> {
  for (let same = 0, before = Number.NaN; same < 50; ) {
    await turns(1);
    same = look() === before ? same + 1 : 0;
    before = look();
  }
  return look();
}

test('a blocked job slows every kind of sender, and gets everything when it goes on', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {}, maxPendingBatches: PLANNED });
  cleanups.push(() => ssc.stop());

  let pulled = 0;
  async function* numbers() {
    while (pulled < RECORDS) yield `${pulled++} ${FILLER}`;
  }
  const upstream = createServer();
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const feed = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(feed, 'listening');
  cleanups.push(() => {
    for (const client of feed.clients) client.terminate();
    feed.close();
    upstream.close();
  });
  const connected = once(upstream, 'connection') as Promise<[Socket]>;
  const subscribed = once(feed, 'connection') as Promise<[WebSocket]>;

  const bound = { maxBufferedRecords: BOUND };
  const streams = {
    iterable: iterableStream<string>(ssc, numbers, { maxBuffered: BOUND }),
    client: socketTextStream(ssc, { host: '127.0.0.1', port: (upstream.address() as AddressInfo).port, ...bound }),
    server: socketServerStream(ssc, { port: 0, decode: (line) => line.toString(), ...bound }),
    webSocket: webSocketStream(ssc, { url: `ws://127.0.0.1:${(feed.address() as AddressInfo).port}`, ...bound }),
    http: httpStream(ssc, { port: 0, format: 'text', ...bound }),
  };
  type Kind = keyof typeof streams;
  const kinds = Object.keys(streams) as Kind[];
  const gate = Promise.withResolvers<void>();
  let blocked = true;
  cleanups.push(() => gate.resolve());
  streams.iterable.foreachRDD(() => (blocked ? gate.promise : undefined));
  const outputs = Object.fromEntries(kinds.map((kind) => [kind, collectOutputs<string>(streams[kind])]));
  const seen = (kind: Kind) => outputs[kind]!.flatMap((batch) => batch.records.map((r) => Number.parseInt(r, 10)));
  const waiting = (kind: Kind) => streams[kind].flow()?.waitingRecords ?? 0;
  const all = Array.from({ length: RECORDS }, (_, i) => i);
  await ssc.start();

  const [socket] = await connected;
  const poured = [pour(socket)];
  const sender = connect((await streams.server.listening).port, '127.0.0.1');
  sender.on('error', () => {});
  cleanups.push(() => [socket.destroy(), sender.destroy()]);
  poured.push(pour(sender));
  const [publisher] = await subscribed;
  for (const i of all) publisher.send(`${i} ${FILLER}`);
  const { url } = await streams.http.listening;
  const statuses: number[] = [];
  let accepted = 0;
  const post = async () => {
    const { status } = await fetchText(url, { method: 'POST', body: `${accepted} ${FILLER}` });
    statuses.push(status);
    if (status === 202) accepted++;
  };

  // The first batch takes what waits, and blocks the job; as much again waits behind it, and then nothing moves.
  for (let i = 0; i < BOUND; i++) await post();
  await until(() => kinds.every((kind) => waiting(kind) === BOUND));
  await clock.advance(1000);
  for (let i = 0; i < BOUND * 2; i++) await post();
  await until(() => kinds.every((kind) => waiting(kind) === BOUND));
  // Batches that are planned ahead take what waits, but make no room with a receiver before they begin.
  await clock.advance(PLANNED * 1000);
  await until(() => kinds.every((kind) => waiting(kind) === BOUND));
  const written = () => socket.bytesWritten - socket.writableLength;
  const sent = () => sender.bytesWritten - sender.writableLength;
  const before = [await still(written), await still(sent), await still(() => publisher.bufferedAmount), pulled];
  // Time alone makes no room.
  await clock.advance(10_000);
  await turns(50);
  expect([written(), sent(), publisher.bufferedAmount, pulled]).toEqual(before);
  for (const kind of kinds) expect([kind, waiting(kind)]).toEqual([kind, BOUND]);
  // Of an iterable each planned batch holds as much; of bytes what the kernel holds, and not all there are.
  expect(pulled).toBeLessThanOrEqual((2 + PLANNED) * BOUND + 1);
  const bytes = RECORDS * FILLER.length;
  for (const n of [written(), sent(), bytes - publisher.bufferedAmount]) expect(n).toBeLessThan(bytes / 2);
  expect(socket.writableLength + sender.writableLength).toBeGreaterThan(0);
  expect(statuses).toEqual([...Array(2 * BOUND).fill(202), ...Array(BOUND).fill(429)]);
  expect(streams.http.flow()).toMatchObject({ refused: BOUND, dropped: 0 });

  // It goes on: each gets all that its sender has, once and in order.
  blocked = false;
  gate.resolve();
  await ssc.awaitIdle();
  await post();
  expect(statuses.at(-1)).toBe(202);
  while (kinds.some((kind) => seen(kind).length < (kind === 'http' ? accepted : RECORDS))) {
    await runBatches(ssc, clock, 1);
    await turns(1);
  }
  await Promise.all(poured);
  for (const kind of kinds) {
    expect([kind, seen(kind)]).toEqual([kind, kind === 'http' ? all.slice(0, accepted) : all]);
    expect([kind, streams[kind].flow()?.dropped]).toEqual([kind, 0]);
  }
});
