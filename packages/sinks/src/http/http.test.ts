import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { ManualClock, TestSource } from '@millrace/core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { chunksOf } from './chunks.ts';
import { type HttpSinkOptions, httpSink } from './index.ts';
import { retryAfterMs } from './retry-after.ts';

interface Request {
  readonly key: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  /** By the clock of the job. */
  readonly time: number;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers as it is told, and notes what it was asked. */
async function server(answer: (request: Request, response: ServerResponse, n: number) => void) {
  const requests: Request[] = [];
  const connections = new Set<unknown>();
  const clock = new ManualClock();
  const http = createServer(async (message, response) => {
    let body = '';
    for await (const piece of message) body += piece;
    connections.add(message.socket);
    const key = String(message.headers['idempotency-key']);
    const request = { key, body, headers: message.headers, time: clock.now() };
    requests.push(request);
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/in`, port, requests, clock, connections };
}

/** Runs batches into the sink; the clock moves while a batch waits. */
async function run(
  { clock }: { clock: ManualClock },
  batches: readonly (readonly unknown[])[],
  options: HttpSinkOptions,
  numPartitions = 1,
) {
  const ssc = new StreamingContext(single(), seconds(100), { name: 'my job', clock, warn: () => {} });
  httpSink(new TestSource(ssc, batches, { numPartitions }), { name: 'out', ...options });
  await ssc.start();
  let took = 0;
  for (const _ of batches) {
    await clock.advance(100_000 - (clock.now() % 100_000));
    const from = clock.now();
    let idle = false;
    const done = ssc.awaitIdle().then(() => {
      idle = true;
    });
    // A step of the clock for each turn of the event loop: what is answered at once, is answered between steps.
    while (!idle) {
      for (let turns = 0; turns < 20 && !idle; turns++) await clock.breathe();
      if (!idle) await clock.advance(10);
    }
    await done;
    took += clock.now() - from;
  }
  await ssc.stop();
  const failure = await ssc.awaitTermination().then(
    () => null,
    (e: unknown) => e as Error & { code: string; details: Record<string, unknown> },
  );
  return { failure, took };
}

const ok = (_request: Request, response: ServerResponse) => response.writeHead(204).end();

test('records come in bounded requests, each with a key, over connections that are used again', async () => {
  const s = await server(ok);
  const { failure } = await run(s, [[1, 2, 3, 4, 5], [], ['é']], { url: s.url, batchSize: 2 });
  expect(failure).toBeNull();
  expect(s.requests.map(({ key, body }) => [key, body])).toEqual([
    ['my%20job/out/100000/0/0', '[1,2]'],
    ['my%20job/out/100000/0/1', '[3,4]'],
    ['my%20job/out/100000/0/2', '[5]'],
    ['my%20job/out/300000/0/0', '["é"]'],
  ]);
  expect(s.requests[0]?.headers['content-type']).toBe('application/json');
  expect(s.connections.size).toBeLessThan(s.requests.length);
});

test('as lines, by partition, with headers of the user', async () => {
  const s = await server(ok);
  const { failure } = await run(
    s,
    [[{ a: 1 }, { a: 2 }, { a: 3 }]],
    { url: s.url, format: 'ndjson', headers: async () => ({ authorization: 'Bearer abc', 'content-type': 'text/x' }) },
    2,
  );
  expect(failure).toBeNull();
  expect(s.requests.map(({ key, body }) => [key, body])).toEqual([
    ['my%20job/out/100000/0/0', '{"a":1}\n'],
    ['my%20job/out/100000/1/0', '{"a":2}\n{"a":3}\n'],
  ]);
  expect(s.requests[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'content-type': 'text/x' });
});

test('so many requests at the same time', async () => {
  let open = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const s = await server((_request, response) => {
    open += 1;
    most = Math.max(most, open);
    waiting.push(() => {
      open -= 1;
      response.writeHead(200).end('thanks');
    });
    // Answers when three are there, or when no more will come.
    if (waiting.length === 3 || s.requests.length >= 7) for (const answer of waiting.splice(0)) answer();
  });
  const { failure } = await run(s, [[1, 2, 3, 4, 5, 6, 7]], { url: s.url, batchSize: 1, concurrency: 3 });
  expect(failure).toBeNull();
  expect(most).toBe(3);
  expect(s.requests.map(({ body }) => body).sort()).toEqual(['[1]', '[2]', '[3]', '[4]', '[5]', '[6]', '[7]']);
});

describe('it is tried again', () => {
  test('when the server fails or throttles, under the same key', async () => {
    const s = await server((_request, response, n) => {
      if (n === 1) response.writeHead(503).end();
      else if (n === 2) response.writeHead(429).end('slow down');
      else ok(_request, response);
    });
    const { failure } = await run(s, [[1]], { url: s.url });
    expect(failure).toBeNull();
    expect(new Set(s.requests.map(({ key, body }) => `${key} ${body}`)).size).toBe(1);
    expect(s.requests).toHaveLength(3);
  });

  test('after the time that Retry-After asks for, up to a bound', async () => {
    const s = await server((request, response, n) => {
      if (n === 1) response.writeHead(429, { 'retry-after': '20' }).end();
      else if (n === 2) response.writeHead(503, { 'retry-after': new Date(request.time + 15_000).toUTCString() }).end();
      else if (n === 3) response.writeHead(503, { 'retry-after': '86400' }).end();
      else ok(request, response);
    });
    const options = { url: s.url, backoff: { initial: 1, max: 1 }, maxRetryAfter: seconds(30) };
    expect((await run(s, [[1]], options)).failure).toBeNull();
    const [first = 0, second = 0, third = 0, fourth = 0] = s.requests.map(({ time }) => time);
    expect(second - first).toBeGreaterThanOrEqual(20_000);
    // A date has whole seconds.
    expect(third - second).toBeGreaterThanOrEqual(14_000);
    expect(fourth - third).toBeGreaterThanOrEqual(30_000);
    expect(fourth - first).toBeLessThan(80_000);
  });

  test('when it hangs, for which it is not waited longer than the timeout', async () => {
    const s = await server((request, response, n) => {
      // Once before the answer, once in the middle of it.
      if (n === 2) response.writeHead(200, { 'content-length': 10 }).write('half');
      if (n > 2) ok(request, response);
    });
    const { failure } = await run(s, [[1]], { url: s.url, timeout: seconds(5), backoff: { initial: 1, max: 1 } });
    expect(failure).toBeNull();
    expect(s.requests).toHaveLength(3);
    expect((s.requests[2]?.time ?? 0) - (s.requests[0]?.time ?? 0)).toBeGreaterThanOrEqual(10_000);
  });

  test('when the connection breaks; and when nobody is there, until no attempts are left', async () => {
    const s = await server((request, response, n) => {
      if (n === 1) response.socket?.destroy();
      else ok(request, response);
    });
    expect((await run(s, [[1]], { url: s.url })).failure).toBeNull();
    expect(s.requests).toHaveLength(2);
    closing.splice(0)[0]?.();
    const { failure } = await run(s, [[1]], { url: s.url, retries: 2 });
    expect(failure).toMatchObject({ code: 'MR_SINK_FAILED', details: { sink: 'out', partition: 0 } });
    expect(failure?.message).toContain(`http://127.0.0.1:${s.port} could not be reached: ECONNREFUSED (attempt 3)`);
  });

  test('as often as asked for, then the batch fails; the next one goes on', async () => {
    const s = await server((request, response) => {
      if (request.body === '[1]') response.writeHead(500).end('broken');
      else ok(request, response);
    });
    const { failure } = await run(s, [[1], [2]], { url: s.url, retries: 3 });
    expect(failure?.message).toContain('answered 500: broken (attempt 4)');
    expect(s.requests.map(({ body }) => body)).toEqual(['[1]', '[1]', '[1]', '[1]', '[2]']);
  });
});

describe('what is refused', () => {
  test('is not sent again; the error has the status and the beginning of the answer, and no secrets', async () => {
    const s = await server((request, response) => {
      response.writeHead(400).end(`no room for ${request.headers.authorization}: ${'x'.repeat(10_000)}`);
    });
    const url = `http://admin:pa55word@127.0.0.1:${s.port}/hook/T0KEN?key=qu3rysecret`;
    const { failure } = await run(s, [[1]], { url, headers: { 'x-api-key': 'h3adersecret' } });
    expect(s.requests).toHaveLength(1);
    expect(s.requests[0]?.headers.authorization).toBe(`Basic ${btoa('admin:pa55word')}`);
    expect(failure?.code).toBe('MR_SINK_FAILED');
    expect(failure?.message).toContain(`http://127.0.0.1:${s.port} answered 400: no room for …: xxx`);
    expect(failure?.message).not.toContain('x'.repeat(200));
    const everything = JSON.stringify([failure, failure?.message, failure?.stack, String(failure?.cause)]);
    for (const secret of ['pa55word', 'T0KEN', 'qu3rysecret', 'h3adersecret', btoa('admin:pa55word')])
      expect(everything).not.toContain(secret);
  });

  test('ends the other requests of the partition', async () => {
    const s = await server((request, response) => {
      if (request.body === '[2]') response.writeHead(422).end();
      else if (request.body !== '[1]') ok(request, response);
    });
    const { failure, took } = await run(s, [[1, 2, 3, 4]], { url: s.url, batchSize: 1, concurrency: 2 });
    expect(failure?.message).toContain('answered 422');
    // The first one hangs: it is given up, and no others begin.
    expect(s.requests.map(({ body }) => body).sort()).toEqual(['[1]', '[2]']);
    expect(took).toBeLessThan(30_000);
  });

  test('a redirect is not followed', async () => {
    const s = await server((_request, response) => response.writeHead(307, { location: '/other' }).end());
    const { failure } = await run(s, [[1]], { url: s.url });
    expect(failure?.message).toContain('answered 307');
    expect(s.requests).toHaveLength(1);
  });

  test('an answer without end is hung up on', async () => {
    const s = await server((_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write('y'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    });
    expect((await run(s, [[1]], { url: s.url })).failure).toBeNull();
  });

  test('a record that JSON cannot express, or that no request has room for', async () => {
    const s = await server(ok);
    expect((await run(s, [[() => 1]], { url: s.url })).failure).toMatchObject({ code: 'MR_NOT_ENCODABLE' });
    const { failure } = await run(s, [['x'.repeat(100)]], { url: s.url, maxBatchBytes: 100 });
    expect(failure?.message).toContain('a record has 102 bytes as JSON');
    expect(s.requests).toHaveLength(0);
  });
});

describe('chunks', () => {
  test('have no more bytes than allowed, and all records in order', () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));
    for (let round = 0; round < 200; round++) {
      const rest = (n: number, m: number) => (seed * 31 + round * 17 + n * 7919) % m;
      const records = Array.from({ length: rest(1, 40) }, (_, i) => 'ü'.repeat(rest(i, 12)));
      const options = { batchSize: 1 + rest(2, 9), maxBatchBytes: 30 + rest(3, 90), sink: 's' };
      for (const format of ['json', 'ndjson'] as const) {
        const chunks = [...chunksOf(records, { ...options, format })];
        const what = `SEED=${seed}, round ${round}, ${format}`;
        const read = (body: string) =>
          JSON.parse(format === 'json' ? body : `[${body.trimEnd().split('\n').join(',')}]`);
        expect(
          chunks.flatMap(({ body }) => read(body)),
          what,
        ).toEqual(records);
        expect(
          chunks.map((c) => c.index),
          what,
        ).toEqual(chunks.map((_, i) => i));
        for (const chunk of chunks) {
          expect(Buffer.byteLength(chunk.body), what).toBeLessThanOrEqual(options.maxBatchBytes);
          expect(chunk.records, what).toBeLessThanOrEqual(options.batchSize);
        }
        // Full: the next record had no room.
        for (const [i, chunk] of chunks.slice(0, -1).entries()) {
          const next = JSON.stringify(read(chunks[i + 1]!.body)[0]);
          const longer = Buffer.byteLength(chunk.body) + 1 + Buffer.byteLength(next);
          expect(chunk.records === options.batchSize || longer > options.maxBatchBytes, what).toBe(true);
        }
      }
    }
  });

  test('Retry-After is seconds or a date', () => {
    expect(retryAfterMs(' 3 ', 0)).toBe(3000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 14_000)).toBe(0);
    for (const none of [null, '', 'soon', '-1']) expect(retryAfterMs(none, 0)).toBe(0);
  });
});

test.each([
  [{ url: 'ftp://s3cret@host' }, 'url'],
  [{ url: 'not s3cret' }, 'url'],
  [{ headers: { 'x-key': 's3cret\nx' } }, 'x-key'],
  [{ headers: { 'Idempotency-Key': 's3cret' } }, 'Idempotency-Key'],
  [{ header: 's3cret' }, 'httpSink: header'],
  [{ batchSize: 0 }, 'batchSize'],
  [{ concurrency: 1.5 }, 'concurrency'],
  [{ format: 'xml' }, 'format'],
  [{ timeout: 0 }, 'timeout'],
  [{ retries: -1 }, 'retries'],
  [{ backoff: { initial: 0 } }, 'backoff: initial'],
  [{ backoff: { maximum: 5 } }, 'backoff: maximum'],
])('the options %o are refused', (options, named) => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock() });
  const stream = new TestSource(ssc, [[1]]);
  const attempt = () => httpSink(stream, { url: 'http://localhost', ...options } as never);
  expect(attempt).toThrow(named);
  expect(attempt).not.toThrow('s3cret');
});
