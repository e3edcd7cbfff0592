import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Health, HealthStatus } from '@millrace/core';
import { afterEach, expect, test } from 'vitest';
import { type HealthServer, serveHealth } from './health-server.ts';

const servers: HealthServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

const healthy = (status: HealthStatus): Health => ({
  status,
  lag: { waitingBatches: 2, schedulingDelayMs: 10, schedulingDelayIntervals: 0.5, receivers: [] },
  failure: null,
  failedBatches: 0,
});

async function serve(health: () => Health = () => healthy('ready')) {
  const server = await serveHealth({ host: '127.0.0.1', port: 0, insecure: false }, health);
  servers.push(server);
  return server;
}

const portOf = (server: HealthServer) => Number(new URL(server.url).port);

function open(server: HealthServer): Socket {
  const socket = connect(portOf(server), '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

test.each<[HealthStatus, number, number]>([
  ['starting', 200, 503],
  ['ready', 200, 200],
  ['lagging', 200, 503],
  ['failed', 503, 503],
  ['stopped', 200, 503],
])('%s: /livez is %i, /readyz is %i', async (status, live, ready) => {
  const { url } = await serve(() => healthy(status));
  const answers = await Promise.all(['/livez', '/readyz?verbose'].map((path) => fetch(url + path)));
  expect(answers.map((a) => a.status)).toEqual([live, ready]);
  expect(await Promise.all(answers.map((a) => a.text()))).toEqual([`${status}\n`, `${status}\n`]);
  const all = await fetch(`${url}/health`);
  expect([all.status, all.headers.get('content-type'), all.headers.get('cache-control')]).toEqual([
    200,
    'application/json',
    'no-store',
  ]);
  expect(await all.json()).toEqual(healthy(status));
});

test('each request asks anew', async () => {
  let status: HealthStatus = 'starting';
  const { url } = await serve(() => healthy(status));
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  status = 'ready';
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('%s is 405', async (method) => {
  const { url } = await serve();
  const answer = await fetch(`${url}/readyz`, { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
});

test.each(['/', '/healthz', '/livez/', '/health/x', '/toString', '/__proto__', '//livez'])(
  '%s is 404',
  async (path) => {
    const server = await serve();
    const asked = request({ host: '127.0.0.1', port: portOf(server), path }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(404);
    answer.resume();
  },
);

test('a body is not read: the answer comes, and the connection ends', async () => {
  const server = await serve();
  const socket = open(server);
  socket.write('POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 405 .*\r\nconnection: close\r\n/is);
});

test('headers have a bound', async () => {
  const server = await serve();
  const socket = open(server);
  socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /);
});

test('connections have a bound, and there is room again when one has ended', async () => {
  const server = await serve();
  const idle = Array.from({ length: 32 }, () => open(server));
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  const refused = open(server);
  await once(refused, 'close');
  expect(refused.bytesRead).toBe(0);
  idle[0].write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await text(idle[0])).toMatch(/^HTTP\/1\.1 200 /);
  const next = open(server);
  next.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await text(next)).toMatch(/^HTTP\/1\.1 200 /);
});

test('its end ends connections that say nothing, and the port is free again', async () => {
  const server = await serve();
  const idle = open(server);
  await once(idle, 'connect');
  const closed = once(idle, 'close');
  await server.close();
  await closed;
  const again = await serveHealth({ host: '127.0.0.1', port: portOf(server), insecure: false }, () => healthy('ready'));
  await again.close();
});

test('a port that is taken, and an address that others reach, are refused', async () => {
  const port = portOf(await serve());
  const at = (host: string, insecure = false) => serveHealth({ host, port, insecure }, () => healthy('ready'));
  await expect(at('127.0.0.1')).rejects.toThrow(expect.objectContaining({ code: 'MR_LISTEN' }));
  await expect(at('0.0.0.0')).rejects.toThrow(expect.objectContaining({ code: 'MR_UNSAFE_LISTEN' }));
});
