import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { isMillraceError, milliseconds, type ReceiverInfo, StreamingContext, seconds } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type WebSocketOptions, webSocketStream } from './index.ts';
import { loadWs } from './load-ws.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server whose connections a test takes one by one. */
async function feed(port = 0, options: object = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port, ...options });
  await once(server, 'listening');
  const connections: { socket: WebSocket; request: IncomingMessage }[] = [];
  const waiting: (() => void)[] = [];
  server.on('connection', (socket, request) => {
    connections.push({ socket, request });
    waiting.shift()?.();
  });
  const close = () => {
    for (const client of server.clients) client.terminate();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  cleanups.push(close);
  let taken = 0;
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close,
    async next() {
      while (connections.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve));
      return connections[taken++]!;
    },
  };
}

function job<T = string>(options: WebSocketOptions<T>, gate: () => void | Promise<void> = () => {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (m) => void warnings.push(m) });
  const stream = webSocketStream<T>(ssc, options);
  stream.foreachRDD(gate);
  const outputs = collectOutputs(stream);
  const errors: ReceiverInfo[] = [];
  const stops: ReceiverInfo[] = [];
  ssc.addStreamingListener({
    onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo),
    onReceiverStopped: ({ receiverInfo }) => void stops.push(receiverInfo),
  });
  cleanups.push(() => ssc.stop());
  return {
    clock,
    ssc,
    stream,
    warnings,
    errors,
    stops,
    records: () => outputs.flatMap((o) => o.records),
    batch: () => runBatches(ssc, clock, 1),
    waiting: () => stream.flow()?.waitingRecords ?? 0,
  };
}

/** Lets sockets have their turn until something is so; the test's time limit ends what never is. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** The same, while the time that reconnects wait for passes. */
async function passing(clock: ManualClock, holds: () => boolean): Promise<void> {
  while (!holds()) {
    await clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const url = (port: number) => `ws://127.0.0.1:${port}/feed`;

describe('messages', () => {
  it('are records, in order, as text', async () => {
    const server = await feed(0, { perMessageDeflate: true });
    const { ssc, batch, records, waiting } = job({ url: url(server.port) });
    await ssc.start();
    const { socket } = await server.next();
    // The server would pack them.
    expect(socket.extensions).toBe('');
    for (let i = 0; i < 1000; i++) socket.send(`${i} ä\n`);
    await until(() => waiting() === 1000);
    await batch();
    expect(records()).toEqual(Array.from({ length: 1000 }, (_, i) => `${i} ä\n`));
  });

  it('are records as JSON, of a function, and several of one', async () => {
    const server = await feed();
    const message = JSON.stringify([1, { a: 'ü' }]);
    const cases: [Partial<WebSocketOptions<unknown>>, unknown[]][] = [
      [{ decode: 'json' }, [[1, { a: 'ü' }]]],
      [{ decode: (m) => (typeof m === 'string' ? m.length : -1) }, [message.length]],
      [{ decodeMany: (m) => JSON.parse(String(m)) }, [1, { a: 'ü' }]],
    ];
    for (const [options, expected] of cases) {
      const { ssc, batch, records, waiting } = job<unknown>({ url: url(server.port), ...options });
      await ssc.start();
      (await server.next()).socket.send(message);
      await until(() => waiting() === expected.length);
      await batch();
      expect(records()).toEqual(expected);
    }
  });

  it('that are binary go to functions as bytes', async () => {
    const server = await feed();
    const { ssc, batch, records, waiting } = job<number>({
      url: url(server.port),
      decodeMany: (m) => (typeof m === 'string' ? [] : new Uint8Array(m)),
    });
    await ssc.start();
    const { socket } = await server.next();
    socket.send('nothing');
    socket.send(Uint8Array.of(1, 2, 3));
    await until(() => waiting() === 3);
    await batch();
    expect(records()).toEqual([1, 2, 3]);
  });

  it('are asked for when the connection opens, each time', async () => {
    const server = await feed();
    let asked = 0;
    const { ssc, clock } = job({
      url: async () => url(server.port),
      protocols: ['v2', 'v1'],
      headers: () => ({ authorization: `Bearer ${++asked}` }),
      onOpen: ['subscribe', Uint8Array.of(7)],
      reconnect: { initial: 1, max: 1 },
    });
    await ssc.start();
    for (let n = 1; n <= 2; n++) {
      if (n > 1) await passing(clock, () => server.connections.length >= n);
      const { socket, request } = await server.next();
      expect([socket.protocol, request.headers.authorization]).toEqual(['v2', `Bearer ${n}`]);
      const got: string[] = [];
      socket.on('message', (data) => got.push(String(data)));
      await until(() => got.length === 2);
      expect(got).toEqual(['subscribe', '\u0007']);
      socket.close();
    }
  });
});

describe('bad messages', () => {
  const bad = ['{"a":1}', 'no json', '{"a":2}'];
  const run = async (onBadRecord: WebSocketOptions['onBadRecord']) => {
    const server = await feed();
    const scene = job<unknown>({
      url: url(server.port),
      decode: 'json',
      onBadRecord,
      reconnect: { initial: 1, max: 1 },
    });
    await scene.ssc.start();
    const { socket } = await server.next();
    for (const message of bad) socket.send(message);
    return { ...scene, server };
  };

  it('end the connection, and another is made', async () => {
    const { server, clock, errors, stream, batch, records, waiting } = await run('fail');
    await passing(clock, () => server.connections.length === 2);
    expect(errors[0]!.lastError).toMatch(/message 2: it is not JSON: .* at position 1/);
    (await server.next()).socket.send('3');
    await until(() => waiting() + records().length === 2);
    await batch();
    expect(records()).toEqual([{ a: 1 }, 3]);
    expect(stream.flow()?.dropped).toBe(0);
  });

  it('are thrown away and counted', async () => {
    const { stream, batch, records, waiting } = await run('drop');
    await until(() => waiting() === 2);
    await batch();
    expect(records()).toEqual([{ a: 1 }, { a: 2 }]);
    expect(stream.flow()?.dropped).toBe(1);
  });

  it('go to a function', async () => {
    const told: unknown[] = [];
    const { stream, waiting } = await run((e, message) => told.push(isMillraceError(e, 'MR_BAD_RECORD'), message));
    await until(() => waiting() === 2);
    expect(told).toEqual([true, 'no json']);
    expect(stream.flow()?.dropped).toBe(1);
  });

  it('are binary ones where text is meant, ones that nest too deep, and ones that are too long', async () => {
    for (const [options, message, reason] of [
      [{}, Uint8Array.of(1), 'it is binary'],
      [{ decode: 'json' }, '['.repeat(600) + ']'.repeat(600), 'levels deep'],
      [{ maxMessageBytes: 10 }, 'x'.repeat(11), 'Max payload size exceeded'],
    ] as const) {
      const server = await feed();
      const { ssc, stops, errors } = job<unknown>({ url: url(server.port), ...options });
      await ssc.start();
      (await server.next()).socket.send(message);
      await until(() => stops.length === 1);
      expect([...errors, ...stops].map((e) => e.lastError).join()).toContain(reason);
    }
  });
});

describe('a slow job', () => {
  it('slows the server down: nothing is read, nothing is lost', async () => {
    const server = await feed();
    const gate = Promise.withResolvers<void>();
    const { ssc, clock, batch, stream, records, waiting } = job(
      { url: url(server.port), maxBufferedRecords: 100 },
      () => gate.promise,
    );
    await ssc.start();
    const { socket } = await server.next();
    const n = 20_000;
    const line = (i: number) => `${i} ${'x'.repeat(1000)}`;
    for (let i = 0; i < n; i++) socket.send(line(i));
    await until(() => waiting() === 100);
    await clock.advance(1000);
    // The first batch has begun with 100 records and waits; another 100 wait behind it, and the server keeps the rest.
    await until(() => waiting() === 100);
    let still = 0;
    for (let before = -1; still < 50; still = before === socket.bufferedAmount ? still + 1 : 0) {
      before = socket.bufferedAmount;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(waiting()).toBe(100);
    expect(socket.bufferedAmount).toBeGreaterThan(1_000_000);
    gate.resolve();
    await ssc.awaitIdle();
    while (records().length < n) {
      await batch();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(records().map((r) => Number.parseInt(r, 10))).toEqual([...Array(n).keys()]);
    expect(stream.flow()).toMatchObject({ dropped: 0, refused: 0 });
  });

  it('does not read from the next connection either', async () => {
    const server = await feed();
    const { ssc, clock, batch, records, waiting } = job<number>({
      url: url(server.port),
      maxBufferedRecords: 10,
      decodeMany: (m) => JSON.parse(String(m)),
      reconnect: { initial: 1, max: 1 },
    });
    await ssc.start();
    const first = await server.next();
    first.socket.send(JSON.stringify([...Array(25).keys()]));
    await until(() => waiting() === 10);
    // What is in hand survives the connection, of which only a broken one is noticed while nothing is read.
    first.socket.terminate();
    await passing(clock, () => server.connections.length === 2);
    const { socket } = await server.next();
    const filler = 'x'.repeat(100_000);
    for (let i = 25; i < 100; i++) socket.send(JSON.stringify([i, filler]));
    let still = 0;
    for (let before = -1; still < 50; still = before === socket.bufferedAmount ? still + 1 : 0) {
      before = socket.bufferedAmount;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(socket.bufferedAmount).toBeGreaterThan(100_000);
    while (records().length < 175) {
      await batch();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(records().filter((r) => typeof r === 'number')).toEqual([...Array(100).keys()]);
  });

  it('counts the bytes of messages, and keeps the rate', async () => {
    const server = await feed();
    const { ssc, clock, waiting, stream } = job({ url: url(server.port), maxBufferedBytes: 50 });
    const limited = job({ url: url(server.port), maxRate: 10 });
    await ssc.start();
    const first = await server.next();
    await limited.ssc.start();
    const second = await server.next();
    for (let i = 0; i < 10; i++) {
      first.socket.send('x'.repeat(10));
      second.socket.send(`${i}`);
    }
    await until(() => waiting() === 5 && limited.waiting() >= 1);
    expect(stream.flow()?.waitingBytes).toBe(50);
    expect(limited.waiting()).toBe(1);
    await limited.clock.advance(100);
    expect(limited.waiting()).toBe(2);
    void clock;
  });

  it('has stored what was in hand when it is stopped', async () => {
    const server = await feed();
    const { ssc, records, waiting } = job<number>({
      url: url(server.port),
      maxBufferedRecords: 3,
      decodeMany: (m) => JSON.parse(String(m)),
    });
    await ssc.start();
    const { socket } = await server.next();
    socket.send(JSON.stringify([...Array(50).keys()]));
    await until(() => waiting() === 3);
    const closed = once(socket, 'close');
    await ssc.stop({ graceful: true });
    expect((await closed)[0]).toBe(1000);
    expect(records()).toEqual([...Array(50).keys()]);
  });
});

describe('a server that is not there', () => {
  it('is tried again, with one warning, until it is', async () => {
    const away = await feed();
    await away.close();
    const { ssc, clock, warnings, batch, records, waiting, stops } = job({
      url: url(away.port),
      reconnect: { initial: 10, max: 40 },
    });
    await ssc.start();
    await passing(clock, () => stops.length >= 5);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('ECONNREFUSED');
    const back = await feed(away.port);
    await passing(clock, () => back.connections.length === 1);
    (await back.next()).socket.send('here');
    await until(() => waiting() === 1);
    await batch();
    expect(records()).toEqual(['here']);
  });

  it('is given up when it says nothing in the handshake, or no pong, or no message', async () => {
    // Accepts and is silent.
    const mute: Socket[] = [];
    const silent = createServer((socket) => void mute.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanups.push(() => {
      for (const socket of mute) socket.destroy();
      silent.close();
    });
    const first = job({ url: url((silent.address() as AddressInfo).port), connectTimeout: milliseconds(50) });
    await first.ssc.start();
    await until(() => first.stops.length === 1);
    expect(first.stops[0]!.lastError).toContain('Opening handshake has timed out');

    const deaf = await feed(0, { autoPong: false });
    const second = job({ url: url(deaf.port), heartbeat: seconds(5) });
    await second.ssc.start();
    const { socket } = await deaf.next();
    let pings = 0;
    socket.on('ping', () => pings++);
    await until(() => second.clock.pending > 1);
    await second.clock.advance(5000);
    await until(() => pings === 1);
    expect(second.stops).toHaveLength(0);
    await second.clock.advance(5000);
    await until(() => second.stops.length === 1);
    expect(second.stops[0]!.lastErrorMessage).toContain('no sign of life for 5000 ms');

    const quiet = await feed();
    const third = job({ url: url(quiet.port), heartbeat: seconds(5), idleTimeout: seconds(60) });
    await third.ssc.start();
    const { socket: quietSocket } = await quiet.next();
    quietSocket.send('only one');
    await until(() => third.waiting() === 1);
    for (let s = 0; s < 24; s++) {
      expect(third.stops).toHaveLength(0);
      const pinged = once(quietSocket, 'ping');
      await third.clock.advance(5000);
      if (third.stops.length > 0) break;
      await pinged;
      await until(() => true);
    }
    expect(third.stops[0]!.lastErrorMessage).toContain('no message came for 60000 ms');
  });

  it('may refuse, without its address becoming known', async () => {
    const server = await feed(0, { verifyClient: () => false });
    const secrets = /hunter2|k3y|t0ken/;
    const { ssc, warnings, stops, stream } = job({
      url: `ws://me:hunter2@127.0.0.1:${server.port}/feed?key=k3y-value`,
      headers: { 'x-token': 't0ken' },
    });
    await ssc.start();
    await until(() => stops.length === 1);
    const shown = JSON.stringify([warnings, stops, stream.node]) + ssc.explain();
    expect(shown).toContain('Unexpected server response: 401');
    expect(shown).not.toMatch(secrets);
  });

  it('may be left in the middle, by it or by a function, without secrets becoming known', async () => {
    const server = await feed();
    const onOpen = [
      ['hello'],
      () => {
        throw new Error('no subscription for t0ken and k3y-value');
      },
    ];
    for (const options of onOpen.map((each) => ({ onOpen: each }))) {
      const { ssc, warnings, stops } = job({
        url: `ws://me:hunter2@127.0.0.1:${server.port}/feed?key=k3y-value`,
        headers: { 'x-token': 't0ken' },
        ...options,
      });
      await ssc.start();
      (await server.next()).socket.on('message', function (this: WebSocket) {
        this.close(4001, 'k3y-value has expired');
      });
      await until(() => stops.length === 1);
      const shown = JSON.stringify([warnings, stops]);
      expect(shown).toMatch(/the connection was closed with code 4001: … has expired|no subscription for … and …/);
      expect(shown).not.toMatch(/hunter2|k3y|t0ken/);
    }
  });

  it('is asked again soon when it had delivered something', async () => {
    const server = await feed();
    const { ssc, clock, stops } = job({ url: url(server.port), reconnect: { initial: 10, max: 10_000 } });
    await ssc.start();
    for (let n = 1; n <= 20; n++) {
      // A wait that had grown would not be over: time stands still from here on.
      if (n > 1) await clock.advance(10);
      const { socket } = await server.next();
      socket.send('one');
      socket.close();
      await until(() => stops.length === n);
    }
  });

  it('does not hang a stop', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanups.push(() => silent.close());
    const accepted = once(silent, 'connection');
    const { ssc } = job({ url: url((silent.address() as AddressInfo).port) });
    await ssc.start();
    const [socket] = (await accepted) as [Socket];
    const closed = once(socket, 'close');
    socket.resume();
    await ssc.stop();
    await closed;
  });
});

describe('its options', () => {
  it('are checked where the stream is written down, without showing them', () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1));
    const failureOf = (options: object) => {
      try {
        webSocketStream(ssc, { url: 'ws://x', ...options });
      } catch (e) {
        return e;
      }
      return null;
    };
    for (const wrong of [
      { url: 'http://s3cret@x' },
      { url: 's3cret' },
      { ur: 's3cret' },
      { protocols: 's3cret' },
      { headers: 's3cret' },
      { headers: { 'x y: s3cret': 'z' } },
      { headers: { x: 's3cret\n' } },
      { headers: { x: ['s3cret'] } },
      { url: 'wss://x', tls: 's3cret' },
      { url: 'wss://x', tls: { key: 's3cret' } },
      { tls: {} },
      { runOn: 'here' },
      { onOpen: 's3cret' },
      { onOpen: [{ s3cret: 1 }] },
      { decode: 's3cret' },
      { decode: 'json', decodeMany: () => [] },
      { onBadRecord: 's3cret' },
      { maxMessageBytes: 0 },
      { reconnect: { initial: 1, jitter: 's3cret' } },
      { restartDelay: 1 },
      { maxRate: -1 },
    ]) {
      const failure = failureOf(wrong);
      expect([wrong, isMillraceError(failure, 'MR_OPTION')]).toEqual([wrong, true]);
      expect(`${failure} ${JSON.stringify(failure)}`).not.toContain('s3cret');
    }
    expect(failureOf({ heartbeat: 0 })).toMatchObject({ code: 'MR_DURATION' });
    expect(failureOf({ heartbeat: false })).toBe(null);
  });

  it('need the package ws', async () => {
    const missing = Object.assign(new Error("Cannot find package 'ws' imported from x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    await expect(loadWs(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'MR_MISSING_PACKAGE',
      details: { package: 'ws' },
    });
    const broken = new Error('something else');
    await expect(loadWs(() => Promise.reject(broken))).rejects.toBe(broken);
  });
});
