import { createServer } from 'node:http';
import { connect } from 'node:net';
import { threads } from '@millrace/backend-threads';
import { loadJob, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type job from '../../test/jobs/serving-job.ts';
import { code, EventClient, jobOf, SocketClient, settle, until } from '../../test/live-kit.ts';
import { toWebSocketServer, type WebSocketServerOptions } from './index.ts';
import { loadWs } from './load-ws.ts';

const clients: SocketClient[] = [];

afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.terminate();
});

/** A job that has started, with its server. */
async function started<T>(batches: readonly (readonly T[])[], options: Partial<WebSocketServerOptions<T>> = {}) {
  const job = jobOf(batches);
  const live = toWebSocketServer(job.stream, { port: 0, ...options } as WebSocketServerOptions<T>);
  await job.ssc.start();
  const { url } = await live.listening;
  const join = (query = '', clientOptions: ConstructorParameters<typeof SocketClient>[1] = {}) => {
    const client = new SocketClient(url + query, clientOptions);
    clients.push(client);
    return client.settled();
  };
  return { ...job, live, url, join };
}

/** Batches of one text, so large that no buffer of the system holds many. */
const large = (n: number) => Array.from({ length: n }, (_, i) => [`${i} ${'x'.repeat(1_000_000)}`]);
const numberOf = (message: unknown) => Number.parseInt((message as { records: string[] }).records[0], 10);

describe('messages', () => {
  test('all clients get each batch, in order, until the server closes with the job', async () => {
    const { ssc, run, live, url, join } = await started([[1, 2], [], [3]]);
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
    const both = [await join(), await join()];
    expect(live.clients).toBe(2);
    await run(3);
    await ssc.stop();
    const expected = [
      { time: 100, records: [1, 2] },
      { time: 200, records: [] },
      { time: 300, records: [3] },
    ];
    await until(() => both.every(({ state }) => state !== 'open'));
    expect(both.map(({ got, state }) => [got, state])).toEqual([
      [expected, 1001],
      [expected, 1001],
    ]);
    expect(live.clients).toBe(0);
    expect((await join()).state).toBe('failed');
  });

  test('one for each record, made as the program likes', async () => {
    const { ssc, run, join } = await started<{ n: number }>([[{ n: 1 }, { n: 2 }]], {
      unit: 'record',
      serialize: (record) => Uint8Array.of(record.n),
    });
    const client = await join();
    await run(1);
    await ssc.stop();
    await until(() => client.state !== 'open');
    expect(client.got).toEqual([Buffer.of(1), Buffer.of(2)]);
  });

  test('a client gets what comes after it; the last batch at once if that is asked for', async () => {
    for (const replayLast of [false, true]) {
      const { ssc, run, join, log } = await started([[1], [2], [3]], { replayLast });
      await run(2);
      // Without clients nothing is computed, unless the last batch is kept.
      expect(log.computed).toBe(replayLast ? 2 : 0);
      const client = await join();
      await run(1);
      await ssc.stop();
      await until(() => client.state !== 'open');
      const third = { time: 300, records: [3] };
      expect(client.got).toEqual(replayLast ? [{ time: 200, records: [2] }, third] : [third]);
    }
  });

  test('a message that cannot be made fails its batch', async () => {
    const { ssc, run, join } = await started<unknown>([[1n], [2]]);
    const client = await join();
    await run(2);
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toMatchObject({
      code: 'MR_SINK_FAILED',
      message: expect.stringContaining('toWebSocketServer'),
    });
    await until(() => client.state !== 'open');
    expect(client.got).toEqual([{ time: 200, records: [2] }]);
  });
});

describe('slow clients', () => {
  test('dropOldest: the job goes on, what waits is bounded, others get everything', async () => {
    const { ssc, run, live, log, join } = await started(large(30), { maxBufferedBytes: 3_100_000 });
    const [slow, quick] = [await join(), await join()];
    slow.socket.pause();
    for (let i = 0; i < 30; i++) {
      await run(1);
      await until(() => quick.got.length === i + 1);
      expect(live.bufferedBytes).toBeLessThanOrEqual(3_100_000);
    }
    expect(log.completed).toBe(30);
    expect(quick.got.map(numberOf)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(live.dropped).toBeGreaterThan(0);
    slow.socket.resume();
    await ssc.stop();
    await until(() => slow.state !== 'open');
    const got = slow.got.map(numberOf);
    expect(got).toEqual(got.toSorted((a, b) => a - b));
    expect(got.at(-1)).toBe(29);
    expect(got.length + live.dropped).toBe(30);
  });

  test('wait: the batch waits for the slowest client, and nothing is lost', async () => {
    const { ssc, clock, live, log, join } = await started(large(30), { maxBufferedBytes: 1_500_000, onSlow: 'wait' });
    const slow = await join();
    slow.socket.pause();
    await clock.advance(3000);
    await settle();
    expect(log.completed).toBeLessThan(30);
    expect(live.bufferedBytes).toBeLessThanOrEqual(1_500_000);
    slow.socket.resume();
    await until(() => slow.got.length === 30);
    await ssc.stop();
    expect(slow.got.map(numberOf)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(live.dropped).toBe(0);
  });

  test('wait: a client that is gone without a word does not hold up the job', async () => {
    const { ssc, clock, live, log, join } = await started(large(30), {
      maxBufferedBytes: 1_500_000,
      onSlow: 'wait',
      heartbeat: seconds(60),
    });
    const gone = await join();
    gone.socket.pause();
    await clock.advance(3000);
    await settle();
    expect(log.completed).toBeLessThan(30);
    await clock.advance(57_000);
    expect(live.clients).toBe(1);
    // Until the buffers of the system are full something still goes out.
    while (live.clients > 0) await clock.advance(60_000);
    await ssc.awaitIdle();
    expect(log.completed).toBeGreaterThanOrEqual(30);
    await ssc.stop();
  });

  test('wait: stop does not wait', async () => {
    const { ssc, clock, join } = await started(large(30), { maxBufferedBytes: 1_500_000, onSlow: 'wait' });
    const slow = await join();
    slow.socket.pause();
    await clock.advance(3000);
    await settle();
    await ssc.stop();
    expect(ssc.getState()).toBe('STOPPED');
  });

  test('disconnect: the client is cut off, others get everything', async () => {
    const { ssc, run, live, join } = await started(large(30), { maxBufferedBytes: 1_500_000, onSlow: 'disconnect' });
    const [slow, quick] = [await join(), await join()];
    slow.socket.pause();
    for (let i = 0; i < 30; i++) {
      await run(1);
      await until(() => quick.got.length === i + 1);
    }
    expect(live).toMatchObject({ clients: 1, disconnected: 1, dropped: 0 });
    await ssc.stop();
    slow.socket.resume();
    await until(() => slow.state !== 'open');
    expect(slow.state).toBe(1006);
  });

  test('a quick client loses nothing of a batch of many small messages', async () => {
    const records = Array.from({ length: 50_000 }, (_, i) => i);
    const { ssc, run, live, join } = await started([records], { unit: 'record', maxBufferedBytes: 100_000 });
    const client = await join();
    await run(1);
    await until(() => client.got.length + live.dropped === records.length);
    expect(live.dropped).toBe(0);
    expect(client.got).toEqual(records);
    await ssc.stop();
  });
});

describe('signs of life', () => {
  test('clients that answer stay, one that does not goes', async () => {
    const { ssc, clock, live, join } = await started<number>([], { heartbeat: seconds(10) });
    const [fine, dead] = [await join(), await join('', { autoPong: false })];
    for (let i = 0; i < 3; i++) {
      let pings = 0;
      fine.socket.once('ping', () => pings++);
      await clock.advance(10_000);
      if (i < 2) await until(() => pings === 1);
      // The pong is on its way.
      await settle();
    }
    expect(live.clients).toBe(1);
    await until(() => dead.state !== 'open');
    expect(fine.state).toBe('open');
    await ssc.stop();
    expect(clock.pending).toBe(0);
  });

  test('a client that talks too much is cut off, and the others are not', async () => {
    const { ssc, run, live, join } = await started([[1]]);
    const [chatty, quiet] = [await join(), await join()];
    chatty.socket.send('hello');
    chatty.socket.send('x'.repeat(100_000));
    await until(() => live.clients === 1);
    await run(1);
    await until(() => quiet.got.length === 1);
    await ssc.stop();
  });

  test('clients come and go', async () => {
    const { ssc, run, live, join } = await started(Array.from({ length: 20 }, (_, i) => [i]));
    for (let i = 0; i < 20; i++) {
      const some = await Promise.all([join(), join(), join()]);
      const runs = run(1);
      some[i % 3].socket.terminate();
      await runs;
      await until(() => some.every(({ got }, j) => j === i % 3 || got.length === 1));
      for (const { socket } of some) socket.close();
      await until(() => live.clients === 0);
    }
    await ssc.stop();
  });
});

describe('who may connect', () => {
  test('a token, in the header or in the query', async () => {
    const { ssc, join, warnings } = await started([[1]], { auth: { token: 'sésame-1' } });
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const states = [
      (await join()).state,
      (await join('', bearer('wrong'))).state,
      (await join('?access_token=wrong')).state,
      (await join(`?access_token=${encodeURIComponent('sésame-1')}`)).state,
    ];
    expect(states).toEqual([401, 401, 401, 'open']);
    expect(ssc.explain() + JSON.stringify(ssc.explain('json')) + warnings.join()).not.toContain('same-1');
    await ssc.stop();
    const plain = await started([[1]], { auth: { token: 'abc' } });
    expect((await plain.join('', bearer('abc'))).state).toBe('open');
    await plain.ssc.stop();
  });

  test('a function decides; one that throws lets nobody in', async () => {
    const { ssc, warnings, join } = await started([[1]], {
      auth: async ({ headers }) => {
        if (headers['x-user'] === 'eve') throw new Error('who is that?');
        return headers['x-user'] === 'ada';
      },
    });
    const as = (user: string) => ({ headers: { 'x-user': user } });
    const states = [await join('', as('ada')), await join('', as('bob')), await join('', as('eve'))];
    expect(states.map(({ state }) => state)).toEqual(['open', 401, 500]);
    expect(warnings.filter((w) => w.includes('auth'))).toHaveLength(1);
    await ssc.stop();
  });

  test('pages of other origins have to be named', async () => {
    const { ssc, url, join } = await started([[1]], { origins: ['https://example.org'] });
    const { host } = new URL(url);
    const from = async (origin: string) => (await join('', { headers: { origin } })).state;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('https://example.org')).toBe('open');
    expect(await from(`http://${host}`)).toBe('open');
    await ssc.stop();
    const open = await started([[1]], { origins: '*' });
    expect((await open.join('', { headers: { origin: 'https://evil.example' } })).state).toBe('open');
    await open.ssc.stop();
  });

  test('no more than maxClients', async () => {
    const { ssc, live, join } = await started([[1]], { maxClients: 2 });
    const [first] = [await join(), await join()];
    expect((await join()).state).toBe(503);
    first.socket.close();
    await until(() => live.clients === 1);
    expect((await join()).state).toBe('open');
    await ssc.stop();
  });

  test('connections that ask for nothing are bounded as well', async () => {
    const { ssc, url, live, join } = await started([[1]], { maxClients: 6 });
    const { hostname, port } = new URL(url);
    let open = 0;
    let closed = 0;
    const idle = Array.from({ length: 100 }, () =>
      connect(Number(port), hostname)
        .on('connect', () => open++)
        .on('error', () => {})
        .on('close', () => closed++)
        .resume(),
    );
    await until(() => open === 100 && closed === 30);
    await settle();
    expect(closed).toBe(30);
    for (const socket of idle) socket.destroy();
    await until(() => closed === 100);
    // The server has to hear of it, too.
    let client = await join();
    while (client.state !== 'open') client = await join();
    expect(live.clients).toBe(1);
    await ssc.stop();
  });

  test('other paths and plain requests are refused', async () => {
    const { ssc, url, join } = await started([[1]], { path: '/live' });
    expect((await join('/more')).state).toBe(404);
    const plain = await new EventClient(url.replace('ws:', 'http:')).settled();
    expect(plain.status).toBe(426);
    // Something that is no request at all.
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.end('GET // HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.resume().on('close', resolve));
    expect((await join()).state).toBe('open');
    await ssc.stop();
  });
});

describe('listening', () => {
  test('nothing is opened before the start', async () => {
    const { stream, ssc } = jobOf([[1]]);
    const first = toWebSocketServer(stream, { port: 0, name: 'first' });
    await ssc.stop();
    await expect(first.listening).rejects.toEqual(code('MR_LISTEN'));
  });

  test('a port in use fails the start', async () => {
    const holder = await started([[1]]);
    const { port } = await holder.live.listening;
    const { ssc, stream } = jobOf([[1]]);
    const live = toWebSocketServer(stream, { port, auth: { token: 'secret-1' } });
    const failure = await ssc.start().catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'MR_LISTEN' });
    expect(String(failure)).toContain(`127.0.0.1:${port}: the port is in use`);
    expect(String(failure)).not.toContain('secret-1');
    expect(ssc.getState()).toBe('STOPPED');
    await expect(live.listening).rejects.toBe(failure);
    await holder.ssc.stop();
  });

  test('where others can reach it, it asks who they are', async () => {
    const { stream, ssc } = jobOf([[1]]);
    const listenOn = (options: object) => () =>
      toWebSocketServer(stream, { port: 0, ...options } as WebSocketServerOptions<number>);
    expect(listenOn({ host: '0.0.0.0' })).toThrow(code('MR_UNSAFE_LISTEN') as never);
    expect(listenOn({ host: '::' })).toThrow(code('MR_UNSAFE_LISTEN') as never);
    expect(listenOn({ host: '127.0.0.1.example.org' })).toThrow(code('MR_UNSAFE_LISTEN') as never);
    expect(listenOn({ port: undefined, server: createServer() })).toThrow(code('MR_UNSAFE_LISTEN') as never);
    listenOn({ host: '127.1.2.3' })();
    listenOn({ host: 'localhost' })();
    listenOn({ host: '0.0.0.0', auth: { token: 'x' } })();
    const everywhere = listenOn({ host: '0.0.0.0', insecure: true })();
    await ssc.start();
    expect((await everywhere.listening).host).toBe('0.0.0.0');
    await ssc.stop();
  });

  test('on a server of the program, beside its own routes', async () => {
    const server = createServer((_, response) => void response.end('mine'));
    const { ssc, stream, run } = jobOf([[1]]);
    const live = toWebSocketServer(stream, { server, path: '/live', insecure: true });
    await ssc.start();
    server.listen(0, '127.0.0.1');
    const { url } = await live.listening;
    const client = await new SocketClient(url).settled();
    expect((await new SocketClient(url.replace('/live', '/other')).settled()).state).toBe(404);
    const page = await new EventClient(url.replace('ws:', 'http:')).settled();
    await until(() => page.ended);
    expect(page.text).toBe('mine');
    await run(1);
    await ssc.stop();
    await until(() => client.state !== 'open');
    expect(client.got).toEqual([{ time: 100, records: [1] }]);
    expect(server.listening).toBe(true);
    expect(server.listenerCount('upgrade')).toBe(0);
    server.close();
  });

  test('a missing package is named', async () => {
    const missing = Object.assign(new Error("Cannot find package 'ws' imported from x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    await expect(loadWs(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'MR_MISSING_PACKAGE',
      message: expect.stringContaining('ws'),
    });
    const broken = new SyntaxError('bad package');
    await expect(loadWs(() => Promise.reject(broken))).rejects.toBe(broken);
  });

  test.each([
    {},
    { port: 70_000 },
    { port: 1, server: createServer() },
    { port: 0, host: '' },
    { port: 0, path: 'live' },
    { port: 0, path: '/live?x' },
    { port: 0, auth: 'token' },
    { port: 0, auth: { token: '' } },
    { port: 0, auth: { token: 'a', tokens: 'b' } },
    { port: 0, insecure: 1 },
    { port: 0, origins: ['example.org'] },
    { port: 0, origins: ['https://example.org/'] },
    { port: 0, maxClients: 0 },
    { port: 0, maxBufferedBytes: -1 },
    { port: 0, onSlow: 'drop' },
    { port: 0, unit: 'all' },
    { port: 0, serialize: 'json' },
    { port: 0, history: 1 },
    { port: 0, tokn: 'secret-1' },
    { server: {} },
    null,
  ])('refuses %o', (options) => {
    const { stream } = jobOf([[1]]);
    const attempt = () => toWebSocketServer(stream, options as never);
    expect(attempt).toThrow(code('MR_OPTION') as never);
    expect(attempt).not.toThrow(/secret-1/);
  });
});

test('refuses a heartbeat of no time', () => {
  const { stream } = jobOf([[1]]);
  expect(() => toWebSocketServer(stream, { port: 0, heartbeat: seconds(0) })).toThrow(code('MR_DURATION') as never);
});

test('in a job module only the driver listens', async () => {
  const clock = new ManualClock();
  // A port that is free now: were a worker to listen there as well, one of both would fail.
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const { ssc, streams } = await loadJob<typeof job>(new URL('../../test/jobs/serving-job.ts', import.meta.url), {
    backend: threads({ workers: 2 }),
    params: { port },
    clock,
  });
  const attached = toWebSocketServer(streams.squares, { port: 0, name: 'attached', replayLast: true });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const sockets = await Promise.all(
    [streams.sockets, attached].map(async ({ listening }) => new SocketClient((await listening).url)),
  );
  const events = new EventClient((await streams.events.listening).url);
  const expected = [{ time: 1000, records: [1, 4, 9] }];
  await until(() => events.text.includes('data') && sockets.every(({ got }) => got.length > 0));
  expect([events.data, ...sockets.map(({ got }) => got)]).toEqual([expected, expected, expected]);
  await ssc.stop();
});
