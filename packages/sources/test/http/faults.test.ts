import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { milliseconds, seconds } from '@millrace/core';
import { afterEach, expect, it } from 'vitest';
import { head, httpScene, stopScenes, untilClosed } from './scene.ts';

afterEach(stopScenes);

const json = 'Content-Type: application/json';

it('a blocked job turns its senders away, and takes in again when it has drained', async () => {
  const gate = Promise.withResolvers<void>();
  const { post, clock, ssc, stream, batch, records } = await httpScene({ maxBufferedRecords: 10 }, () => gate.promise);
  expect((await post('0')).status).toBe(202);
  await clock.advance(1000);
  // The batch has begun and waits; what comes now waits behind it.
  const statuses: number[] = [];
  for (let i = 1; i <= 30; i++) statuses.push((await post(String(i))).status);
  expect(statuses).toEqual([...Array(10).fill(202), ...Array(20).fill(429)]);
  await clock.advance(5000);
  const refused = await post('[1,2]');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(stream.flow()).toMatchObject({ waitingRecords: 10, refused: 21 });
  gate.resolve();
  await ssc.awaitIdle();
  expect((await post('31')).status).toBe(202);
  await batch();
  expect(records()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 31]);
});

it('requests that were let in together do not fill the buffer beyond its bound by more than one', async () => {
  const { url, stream } = await httpScene({ maxBufferedRecords: 10 });
  const agent = new Agent({ keepAlive: false });
  // All heads are there, and let in, before the first body is.
  const requests = Array.from({ length: 20 }, () => {
    const req = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', expect: '100-continue' },
    });
    req.flushHeaders();
    return req;
  });
  await Promise.all(requests.map((req) => once(req, 'continue')));
  const statuses = await Promise.all(
    requests.map(async (req) => {
      req.end('[1,2,3,4]');
      const [response] = (await once(req, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    }),
  );
  expect(statuses.filter((status) => status === 202)).toHaveLength(3);
  expect(statuses.filter((status) => status === 429)).toHaveLength(17);
  expect(stream.flow()).toMatchObject({ waitingRecords: 12, refused: 68 });
});

it('takes a thousand posts at once, each once', async () => {
  const { url, batch, records, outputs, ssc } = await httpScene();
  const agent = new Agent({ maxSockets: 1000 });
  const post = (i: number) =>
    new Promise<number>((resolve, reject) => {
      const req = request(url, { method: 'POST', agent, headers: { 'content-type': 'text/plain' } }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode!));
      });
      req.on('error', reject).end(`${i}\n${i}!`);
    });
  const statuses = await Promise.all(Array.from({ length: 1000 }, (_, i) => post(i)));
  expect(new Set(statuses)).toEqual(new Set([202]));
  await batch();
  const lines = records() as string[];
  const expected = Array.from({ length: 1000 }, (_, i) => [`${i}`, `${i}!`]).flat();
  expect([...lines].sort()).toEqual(expected.sort());
  // The lines of a request stay together.
  for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(`${lines[i]}!`);
  expect(outputs[0]!.numPartitions).toBeLessThanOrEqual(2 * ssc.defaultParallelism);
  agent.destroy();
});

it('a sender that dies in its body leaves nothing behind', async () => {
  const { port, post, batch, records } = await httpScene({ maxBodyBytes: 1000, maxBytesInFlight: 1000 });
  for (let i = 0; i < 20; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head(json, 'Content-Length: 900')}[${'1,'.repeat(400)}`);
    await once(socket, 'connect');
    if (i % 2 === 0) socket.end();
    else socket.resetAndDestroy();
    await untilClosed(socket);
  }
  // It would get 429 if what the others held were held still; that they are gone may take a moment to arrive here.
  let status = 429;
  while (status === 429) status = (await post(`[${'1,'.repeat(400)}1]`)).status;
  expect(status).toBe(202);
  await batch();
  expect(records()).toHaveLength(401);
});

it('bounds the bytes of all bodies together by what is really there', async () => {
  const { port, post, stream } = await httpScene({ maxBodyBytes: 100_000, maxBytesInFlight: 100_000 });
  // Announces much and sends nothing: holds nothing.
  const idle = connect(port, '127.0.0.1');
  idle.write(head(json, 'Content-Length: 100000'));
  const first = connect(port, '127.0.0.1');
  first.write(`${head(json, 'Content-Length: 90001')}"${'x'.repeat(60_000)}`);
  const second = `"${'y'.repeat(60_000)}"`;
  let status = 202;
  while (status === 202) status = (await post(second)).status;
  expect(status).toBe(429);
  expect(stream.flow()?.refused).toBe(1);
  // What becomes long by unpacking counts as long as it is then.
  expect((await post(gzipSync(second), { 'content-encoding': 'gzip' })).status).toBe(429);
  expect((await post(gzipSync('"short"'), { 'content-encoding': 'gzip' })).status).toBe(202);
  first.write(`${'x'.repeat(29_999)}"`);
  expect(String((await once(first, 'data'))[0])).toMatch(/^HTTP\/1\.1 202 /);
  expect((await post(second)).status).toBe(202);
  idle.destroy();
  first.destroy();
});

it('closes on those who never finish, while others are served', async () => {
  const { port, post, batch, records } = await httpScene({ requestTimeout: milliseconds(200) });
  const silent = connect(port, '127.0.0.1');
  const inHead = connect(port, '127.0.0.1');
  inHead.write('POST / HTTP/1.1\r\nHost: x\r\nX-Y: ');
  const inBody = connect(port, '127.0.0.1');
  inBody.write(`${head(json, 'Content-Length: 10')}[1,`);
  const inChunk = connect(port, '127.0.0.1');
  inChunk.write(`${head('Content-Type: text/plain', 'Transfer-Encoding: chunked')}3\r\nab\n\r\n`);
  expect((await post('7')).status).toBe(202);
  const answers = await Promise.all([silent, inHead, inBody, inChunk].map(untilClosed));
  expect(answers.map((text) => text.slice(0, 12))).toEqual(Array(4).fill('HTTP/1.1 408'));
  await batch();
  expect(records()).toEqual([7]);
});

it('closes connections beyond its bound', async () => {
  const { port, url } = await httpScene({ maxConnections: 5 });
  const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  const closed = sockets.map((socket) => once(socket, 'close').then(() => socket));
  const gone = new Set<unknown>();
  for (const each of closed) void each.then((socket) => gone.add(socket));
  while (gone.size < 15) await new Promise((resolve) => setImmediate(resolve));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  // There is room again, as soon as the server has seen them go.
  const agent = new Agent({ keepAlive: false });
  const post = () =>
    new Promise<number>((resolve) => {
      const req = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) =>
        resolve(response.resume().statusCode!),
      );
      req.on('error', () => resolve(0)).end('1');
    });
  let status = 0;
  while (status === 0) status = await post();
  expect(status).toBe(202);
});

it('what was answered with 202 is processed by a graceful stop; what is on its way is finished or refused', async () => {
  const asked = Promise.withResolvers<void>();
  const letIn = Promise.withResolvers<boolean>();
  const { port, post, url, ssc, records } = await httpScene({
    auth: ({ headers }) => {
      if (headers['x-slow'] === undefined) return true;
      asked.resolve();
      return letIn.promise;
    },
  });
  expect((await post('[1,2]')).status).toBe(202);
  // Complete, and not answered yet.
  const slow = connect(port, '127.0.0.1');
  slow.write(`${head(json, 'Content-Length: 1', 'X-Slow: 1')}3`);
  await asked.promise;
  // A body that never comes, and a connection that waits for its next request.
  const incomplete = connect(port, '127.0.0.1');
  incomplete.write(`${head(json, 'Content-Length: 10', 'Expect: 100-continue')}`);
  expect(String((await once(incomplete, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 /);
  const idle = connect(port, '127.0.0.1');
  idle.write(`${head(json, 'Content-Length: 1')}4`);
  expect(String((await once(idle, 'data'))[0])).toMatch(/^HTTP\/1\.1 202 /);
  const ends = [slow, incomplete, idle].map(untilClosed);
  const stopped = ssc.stop({ graceful: true });
  expect(await ends[1]).toMatch(/^HTTP\/1\.1 503 /);
  letIn.resolve(true);
  expect(await ends[0]).toMatch(/^HTTP\/1\.1 202 [\s\S]*connection: close/i);
  expect(await ends[2]).toBe('');
  await stopped;
  expect([...records()].sort()).toEqual([1, 2, 3, 4]);
  await expect(fetch(url, { method: 'POST' })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

it('keeps a connection for its next request as long as `idleTimeout`', async () => {
  const { port } = await httpScene({ idleTimeout: milliseconds(1), requestTimeout: seconds(60) });
  const socket = connect(port, '127.0.0.1');
  socket.write(`${head(json, 'Content-Length: 1')}1`);
  expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 202 /);
});
