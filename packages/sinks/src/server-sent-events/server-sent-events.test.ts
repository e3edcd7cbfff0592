import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { seconds } from '@millrace/core';
import { afterEach, describe, expect, test } from 'vitest';
import { code, EventClient, jobOf, settle, until } from '../../test/live-kit.ts';
import { type ServerSentEventsOptions, toServerSentEvents } from './index.ts';

const clients: EventClient[] = [];

afterEach(() => {
  for (const { request } of clients.splice(0)) request.destroy();
});

/** A job that has started, with its server. */
async function started<T>(batches: readonly (readonly T[])[], options: Partial<ServerSentEventsOptions<T>> = {}) {
  const job = jobOf(batches);
  const live = toServerSentEvents(job.stream, { port: 0, ...options } as ServerSentEventsOptions<T>);
  await job.ssc.start();
  const { url } = await live.listening;
  const join = (headers: Record<string, string> = {}, query = '', method = 'GET') => {
    const client = new EventClient(url + query, { headers, method });
    clients.push(client);
    return client.settled();
  };
  return { ...job, live, url, join };
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => [i + 1]);
const batch = (i: number) => ({ time: i * 100, records: [i] });
/** Batches of one text, so large that no buffer of the system holds many. */
const large = (n: number) => Array.from({ length: n }, (_, i) => [`${i} ${'x'.repeat(1_000_000)}`]);
const numberOf = (data: unknown) => Number.parseInt((data as { records: string[] }).records[0], 10);

describe('events', () => {
  test('all clients get each batch with its time as id, until the job ends', async () => {
    const { ssc, run, live, url, join } = await started([[1, 2], []], { path: '/live' });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/live$/);
    const both = [await join(), await join()];
    expect(both[0].headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    await until(() => live.clients === 2);
    await run(2);
    await ssc.stop();
    await until(() => both.every(({ ended }) => ended));
    const expected = ['id: 100\ndata: {"time":100,"records":[1,2]}', 'id: 200\ndata: {"time":200,"records":[]}'];
    expect(both.map(({ events }) => events)).toEqual([expected, expected]);
    await expect(new EventClient(url).settled()).resolves.toMatchObject({ status: 0, ended: true });
  });

  test('one for each record; only the last of a batch has the id', async () => {
    const { ssc, run, join } = await started([['a', 'b'], [], ['c']], { unit: 'record' });
    const client = await join();
    await run(3);
    await ssc.stop();
    await until(() => client.ended);
    expect(client.events).toEqual(['data: "a"', 'id: 100\ndata: "b"', 'id: 300\ndata: "c"']);
  });

  test('text of several lines stays what it is', async () => {
    const { ssc, run, join } = await started([[1]], { serialize: () => 'a\nb\r\nid: 7\rc\n' });
    const client = await join();
    await run(1);
    await ssc.stop();
    await until(() => client.ended);
    expect(client.events).toEqual(['id: 100\ndata: a\ndata: b\ndata: id: 7\ndata: c\ndata: ']);
  });

  test('what is no text fails its batch', async () => {
    const { ssc, run, join } = await started([[1]], { serialize: (() => 7) as never, name: 'page' });
    await join();
    await run(1);
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toMatchObject({
      code: 'MR_SINK_FAILED',
      message: expect.stringMatching(/page.*serialize returned number, not a text/),
    });
  });
});

describe('clients that come back', () => {
  const lastId = (id: number | string) => ({ 'last-event-id': String(id) });

  test('get what they have missed, and then what comes', async () => {
    const { ssc, run, join } = await started(numbers(5));
    await run(4);
    const clientsOf = [await join(lastId(200)), await join(lastId(400)), await join(), await join(lastId('nonsense'))];
    await run(1);
    await ssc.stop();
    await until(() => clientsOf.every(({ ended }) => ended));
    expect(clientsOf.map(({ data }) => data)).toEqual([
      [batch(3), batch(4), batch(5)],
      [batch(5)],
      [batch(5)],
      [batch(5)],
    ]);
  });

  test('are told what is not kept any more; the history is bounded', async () => {
    const { ssc, run, join, live } = await started(numbers(1001), { history: 3 });
    await run(1000);
    const [behind, justRight] = [await join(lastId(500)), await join(lastId(99_700))];
    await until(() => live.clients === 2);
    await run(1);
    await ssc.stop();
    await until(() => behind.ended && justRight.ended);
    const kept = [batch(998), batch(999), batch(1000), batch(1001)];
    expect(behind.events[0]).toBe('event: gap\ndata: {"after":500,"upTo":99700}');
    expect(behind.data.slice(1)).toEqual(kept);
    expect(justRight.data).toEqual(kept);
  });

  test('without a history are told of the gap, also of batches that nobody wanted', async () => {
    const { ssc, run, join, log } = await started(numbers(4), { history: 0 });
    await run(3);
    expect(log.computed).toBe(0);
    const client = await join(lastId(100));
    await run(1);
    await ssc.stop();
    await until(() => client.ended);
    expect(client.data).toEqual([{ after: 100, upTo: 300 }, batch(4)]);
  });

  test('new ones get the last batch if that is asked for', async () => {
    const { ssc, run, join } = await started(numbers(3), { replayLast: true, history: 0 });
    await run(2);
    const client = await join();
    await run(1);
    await ssc.stop();
    await until(() => client.ended);
    expect(client.data).toEqual([batch(2), batch(3)]);
  });

  test('what is replayed does not count as slow', async () => {
    const { ssc, run, join, live } = await started(large(8), { onSlow: 'disconnect', maxBufferedBytes: 2_000_000 });
    await run(7);
    const client = await join(lastId(1));
    await run(1);
    await until(() => client.events.length === 8);
    expect(client.data.map(numberOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(live.disconnected).toBe(0);
    await ssc.stop();
  });
});

describe('slow clients', () => {
  test('dropOldest: the job goes on, what waits is bounded, others get everything', async () => {
    const { ssc, run, live, log, join } = await started(large(30), { maxBufferedBytes: 3_100_000, history: 0 });
    const [slow, quick] = [await join(), await join()];
    slow.response?.pause();
    for (let i = 0; i < 30; i++) {
      await run(1);
      await until(() => quick.events.length === i + 1);
      expect(live.bufferedBytes).toBeLessThanOrEqual(3_100_000);
    }
    expect(log.completed).toBe(30);
    expect(quick.data.map(numberOf)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(live.dropped).toBeGreaterThan(0);
    slow.response?.resume();
    await ssc.stop();
    await until(() => slow.ended);
    const got = slow.data.map(numberOf);
    expect(got).toEqual(got.toSorted((a, b) => a - b));
    expect(got.at(-1)).toBe(29);
    expect(got.length + live.dropped).toBe(30);
  });

  test('wait: nothing is lost; a client that is gone does not hold up the job', async () => {
    const { ssc, clock, live, log, join } = await started(large(30), {
      maxBufferedBytes: 1_500_000,
      onSlow: 'wait',
      history: 0,
      heartbeat: seconds(60),
    });
    const [slow, gone] = [await join(), await join()];
    slow.response?.pause();
    gone.response?.pause();
    await clock.advance(3000);
    await settle();
    expect(log.completed).toBeLessThan(30);
    slow.response?.resume();
    await settle();
    expect(log.completed).toBeLessThan(30);
    while (live.clients > 1) await clock.advance(60_000);
    await until(() => slow.events.length >= 30);
    expect(slow.data.slice(0, 30).map(numberOf)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    await ssc.stop();
    expect(clock.pending).toBe(0);
  });

  test('comments keep a quiet connection alive', async () => {
    const { ssc, clock, live, join } = await started<number>([], { heartbeat: seconds(10) });
    const client = await join();
    await until(() => client.comments === 1);
    for (let i = 2; i < 5; i++) {
      await clock.advance(10_000);
      await until(() => client.comments === i);
    }
    expect(live.clients).toBe(1);
    client.request.destroy();
    await until(() => live.clients === 0);
    await ssc.stop();
  });
});

describe('who may connect', () => {
  test('those with the token', async () => {
    const { ssc, join } = await started(numbers(1), { auth: { token: 'abc' } });
    expect((await join()).status).toBe(401);
    expect((await join({ authorization: 'Bearer abcd' })).status).toBe(401);
    expect((await join({ authorization: 'bearer abc' })).status).toBe(200);
    expect((await join({}, '?access_token=abc')).status).toBe(200);
    await ssc.stop();
  });

  test('pages of the origins that are named', async () => {
    const origin = 'https://example.org';
    const { ssc, join } = await started(numbers(1), { origins: [origin], auth: { token: 'abc' } });
    const refused = await join({ origin: 'https://evil.example', authorization: 'Bearer abc' });
    expect(refused.status).toBe(403);
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    const asked = await join({ origin, 'access-control-request-headers': 'authorization' }, '', 'OPTIONS');
    expect([asked.status, asked.headers]).toMatchObject([
      204,
      { 'access-control-allow-origin': origin, 'access-control-allow-headers': 'authorization, last-event-id' },
    ]);
    const page = await join({ origin, authorization: 'Bearer abc' });
    expect([page.status, page.headers]).toMatchObject([200, { 'access-control-allow-origin': origin, vary: 'origin' }]);
    await ssc.stop();
    const open = await started(numbers(1), { origins: '*' });
    const any = await open.join({ origin: 'https://evil.example' });
    expect(any.headers['access-control-allow-origin']).toBe('*');
    expect(any.headers['access-control-allow-credentials']).toBeUndefined();
    await open.ssc.stop();
  });

  test('as many as there is room for, with GET, on the right path', async () => {
    const { ssc, live, join } = await started(numbers(1), { maxClients: 1 });
    expect((await join({}, '', 'POST')).status).toBe(405);
    expect((await join({}, 'elsewhere')).status).toBe(404);
    await join();
    await until(() => live.clients === 1);
    expect((await join()).status).toBe(503);
    await ssc.stop();
  });

  test('refuses options that are not its own', () => {
    const { stream } = jobOf([[1]]);
    expect(() => toServerSentEvents(stream, { port: 0, history: -1 })).toThrow(code('MR_OPTION') as never);
    expect(() => toServerSentEvents(stream, { port: 0, historie: 1 } as never)).toThrow(code('MR_OPTION') as never);
    expect(() => toServerSentEvents(stream, { port: 0, host: '0.0.0.0' })).toThrow(code('MR_UNSAFE_LISTEN') as never);
  });
});

test('on a server of the program, which answers everything else itself, also afterwards', async () => {
  const mine = (request: IncomingMessage, response: ServerResponse) => void response.end(`mine: ${request.url}`);
  const server = createServer(mine);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ssc, stream, run } = jobOf([[1]]);
  const numbersOf = toServerSentEvents(stream, { server, path: '/numbers', insecure: true });
  const twice = stream.map((n) => n * 2);
  const doubles = toServerSentEvents(twice, { server, path: '/doubles', insecure: true });
  expect(server.listeners('request')).toEqual([mine]);
  await ssc.start();
  const both = await Promise.all(
    [numbersOf, doubles].map(async ({ listening }) => new EventClient((await listening).url).settled()),
  );
  const { url } = await numbersOf.listening;
  const get = async (path: string) => {
    const page = await new EventClient(new URL(path, url).href).settled();
    await until(() => page.ended);
    return page.text;
  };
  expect(await get('/index.html')).toBe('mine: /index.html');
  await run(1);
  await ssc.stop();
  await until(() => both.every(({ ended }) => ended));
  expect(both.map(({ data }) => data)).toEqual([[{ time: 100, records: [1] }], [{ time: 100, records: [2] }]]);
  expect(server.listening).toBe(true);
  expect(server.listeners('request')).toEqual([mine]);
  expect(await get('/numbers')).toBe('mine: /numbers');
  server.close();
});
