import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect, createServer } from 'node:net';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { isMillraceError, StreamingContext, seconds } from '@millrace/core';
import { inlineBackend } from '@millrace/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchText, head, httpScene as scene, stopScenes, untilClosed } from '../../test/http/scene.ts';
import { type HttpOptions, httpStream } from './index.ts';

afterEach(stopScenes);

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (e) {
    if (isMillraceError(e)) return e.code;
    throw e;
  }
  return 'nothing was thrown';
}

describe('what is posted', () => {
  it('becomes records, whatever it is written in, in the order of the answers', async () => {
    const { post, batch, outputs } = await scene();
    const answers = [
      await post('[{"a":1},{"a":2}]'),
      await post('{"a":3}', { 'content-type': 'application/json; charset=utf-8' }),
      await post('{"a":4}\n\n{"a":5}', { 'content-type': 'application/x-ndjson' }),
      await post('six\r\nsieben ü\n', { 'content-type': 'text/plain' }),
      await post('acht', { 'content-type': 'text/plain' }),
      await post('[]'),
      await post('', { 'content-type': 'text/plain' }),
    ];
    expect(answers.map((a) => [a.status, a.body])).toEqual(
      [2, 1, 2, 2, 1, 0, 0].map((accepted) => [202, { accepted }]),
    );
    await batch();
    expect(outputs[0]!.records).toEqual([...[1, 2, 3, 4, 5].map((a) => ({ a })), 'six', 'sieben ü', 'acht']);
  });

  it('may be packed', async () => {
    const { post, batch, records } = await scene();
    const text = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i));
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['zstd', zstdCompressSync],
      ['identity', Buffer.from],
    ] as const)
      expect(await post(pack(text), { 'content-encoding': encoding })).toMatchObject({ body: { accepted: 1000 } });
    const frames = Buffer.concat([zstdCompressSync('[1'), zstdCompressSync(',2]')]);
    expect((await post(frames, { 'content-encoding': 'zstd' })).body).toEqual({ accepted: 2 });
    await batch();
    expect(records()).toHaveLength(5002);
  });

  it('may be read by a function of your own', async () => {
    const { post, batch, records } = await scene<number>({
      parse: (body, request) => {
        if (request.headers['x-broken'] === '1') throw new Error('said to be broken');
        return new Uint8Array(body);
      },
    });
    expect((await post(Uint8Array.of(1, 2, 3), { 'content-type': 'application/octet-stream' })).body).toEqual({
      accepted: 3,
    });
    expect(await post('x', { 'x-broken': '1' })).toMatchObject({ status: 400, body: { error: 'said to be broken' } });
    await batch();
    expect(records()).toEqual([1, 2, 3]);
  });

  it('is told when that function is wrong, without details', async () => {
    const { post, errors } = await scene<string>({ parse: () => 'text' });
    expect(await post('x')).toMatchObject({ status: 500, body: { error: 'the receiver failed' } });
    expect(errors[0]!.lastError).toContain('must return an iterable');
  });

  it('is read as `format` says, whatever its Content-Type', async () => {
    const { post, batch, records } = await scene({ format: 'ndjson' });
    expect((await post('1\n2\n', { 'content-type': 'application/x-www-form-urlencoded' })).body).toEqual({
      accepted: 2,
    });
    await batch();
    expect(records()).toEqual([1, 2]);
  });

  it('shares partitions when it is small', async () => {
    const { post, batch, outputs, ssc } = await scene();
    for (let i = 0; i < 50; i++) await post(String(i));
    await batch();
    expect(outputs[0]!.records).toEqual([...Array(50).keys()]);
    expect(outputs[0]!.numPartitions).toBeLessThanOrEqual(2 * ssc.defaultParallelism);
  });
});

describe('what is refused', () => {
  it('answers with the reason, and takes nothing of the request', async () => {
    const { post, url, batch, records } = await scene({ path: '/in' });
    expect(await post('[1,2,x]')).toMatchObject({
      status: 400,
      body: { error: 'the body is not JSON: unexpected "x" at position 5' },
    });
    const lines = await post('1\n2\n{\n', { 'content-type': 'application/x-ndjson' });
    expect([lines.status, lines.body.error]).toEqual([400, expect.stringMatching(/^line 3 is not JSON/)]);
    expect((await post(Uint8Array.of(0x61, 0xff), { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post('1', { 'content-type': 'text/html' })).status).toBe(415);
    expect((await post('1', { 'content-encoding': 'br' })).status).toBe(415);
    for (const encoding of ['gzip', 'deflate', 'zstd'])
      expect((await post('[1]', { 'content-encoding': encoding })).status).toBe(400);
    expect((await post(gzipSync('[1]').subarray(0, 15), { 'content-encoding': 'gzip' })).status).toBe(400);
    expect(
      (await post(Buffer.concat([deflateSync('[1]'), deflateSync('[2]')]), { 'content-encoding': 'deflate' })).status,
    ).toBe(400);
    const get = await fetchText(url, {});
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetchText(new URL('/', url).href, { method: 'POST', body: '1' })).status).toBe(404);
    expect((await fetchText(`${url}/`, { method: 'POST', body: '1' })).status).toBe(404);
    expect(
      (await fetchText(`${url}?x=1`, { method: 'POST', body: '1', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(202);
    await batch();
    expect(records()).toEqual([1]);
  });

  it('bounds bodies as they are, as they are announced, and as they become', async () => {
    const { post, port, batch, records } = await scene({ maxBodyBytes: 1000 });
    const body = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    expect((await post(body(1000))).status).toBe(202);
    expect((await post(body(1001))).status).toBe(413);
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      expect((await post(pack(body(1000)), { 'content-encoding': encoding })).status).toBe(202);
      expect((await post(pack(body(1e7)), { 'content-encoding': encoding })).status).toBe(413);
    }
    // Refused by its head: none of the body was sent.
    const early = connect(port, '127.0.0.1');
    early.write(head('Content-Type: application/json', 'Content-Length: 1001'));
    const [answer] = await once(early, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    early.destroy();
    // Refused as it streams, without a length.
    const chunked = connect(port, '127.0.0.1');
    chunked.write(head('Content-Type: application/json', 'Transfer-Encoding: chunked'));
    for (let i = 0; i < 3; i++) chunked.write(`190\r\n${'1'.repeat(400)}\r\n`);
    expect(String((await once(chunked, 'data'))[0])).toMatch(/^HTTP\/1\.1 413 /);
    chunked.destroy();
    // A refused sender that goes on and on is cut off.
    const endless = connect(port, '127.0.0.1');
    endless.write(head('Content-Type: application/json', 'Content-Length: 1000000'));
    endless.write('1'.repeat(5000));
    expect(await untilClosed(endless)).toMatch(/^HTTP\/1\.1 413 /);
    await batch();
    expect(records()).toHaveLength(4);
  });

  it('bounds heads', async () => {
    const { post } = await scene({ maxHeaderBytes: 1000 });
    expect((await post('1', { 'x-y': 'z'.repeat(500) })).status).toBe(202);
    const response = await post('1', { 'x-y': 'z'.repeat(2000) });
    expect(response.status).toBe(431);
  });

  it('keeps the connection of a refused sender in order', async () => {
    const { port } = await scene({ maxBodyBytes: 100 });
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Content-Type: text/html', 'Content-Length: 50') + 'x'.repeat(50));
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 415 /);
    socket.write(`${head('Content-Type: application/json', 'Content-Length: 1')}7`);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 202 /);
    socket.destroy();
  });

  it('tells senders that ask first, before they send the body', async () => {
    const { port, batch, records } = await scene({ maxBodyBytes: 100 });
    const ask = async (length: number): Promise<[continued: boolean, status: number]> => {
      const req = request({
        port,
        method: 'POST',
        headers: { expect: '100-continue', 'content-type': 'application/json', 'content-length': length },
      });
      let continued = false;
      req.on('continue', () => {
        continued = true;
        req.end('1'.repeat(length));
      });
      req.flushHeaders();
      const [response] = (await once(req, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'close');
      req.destroy();
      return [continued, response.statusCode!];
    };
    expect(await ask(2)).toEqual([true, 202]);
    expect(await ask(200)).toEqual([false, 413]);
    await batch();
    expect(records()).toEqual([11]);
  });
});

describe('who may send', () => {
  it('asks for the bearer token', async () => {
    const { post, url, warnings, errors, ssc, stream } = await scene({ auth: { token: 's3cret' } });
    const none = await post('1');
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await post('1', { authorization: 'Bearer s3cre' })).status).toBe(401);
    expect((await post('1', { authorization: 'Basic s3cret' })).status).toBe(401);
    expect((await post('1', { authorization: 'bearer s3cret' })).status).toBe(202);
    expect(
      none.text + url + warnings + JSON.stringify(errors) + ssc.explain() + JSON.stringify(stream.node),
    ).not.toContain('s3cret');
  });

  it('asks the function', async () => {
    const { post, errors } = await scene({
      auth: async ({ headers }) => {
        if (headers['x-who'] === 'nobody') throw new Error('no such user');
        return headers['x-who'] === 'me';
      },
    });
    expect((await post('1', { 'x-who': 'me' })).status).toBe(202);
    expect((await post('1')).status).toBe(403);
    expect(await post('1', { 'x-who': 'nobody' })).toMatchObject({
      status: 500,
      body: { error: 'the receiver failed' },
    });
    expect(errors.map((e) => e.lastError)).toEqual(['no such user']);
  });
});

const pem = (name: string) => readFileSync(new URL(`../../test/sockets/tls/${name}.pem`, import.meta.url));
const [key, cert] = [pem('key'), pem('cert')];

describe('TLS', () => {
  /** @returns the status of a post */
  const postTls = (url: string, options: object) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const req = requestTls(url, { method: 'POST', ca: cert, headers, agent: false, ...options }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      req.on('error', reject).end('[1]');
    });

  it('is spoken, and stops cleanly also in the middle of a handshake', async () => {
    const { url, port, batch, records, ssc, stream, warnings } = await scene({ host: 'localhost', tls: { key, cert } });
    expect(url).toBe(`https://localhost:${port}/`);
    expect(stream.address?.url).toBe(url);
    expect(await postTls(url, {})).toBe(202);
    await batch();
    expect(records()).toEqual([1]);
    const halfway = connect(port, 'localhost');
    await once(halfway, 'connect');
    await Promise.all([ssc.stop(), untilClosed(halfway)]);
    expect(JSON.stringify(warnings) + ssc.explain()).not.toContain('PRIVATE');
  });

  it('may ask for certificates', async () => {
    const { url } = await scene({ host: 'localhost', tls: { key, cert, ca: cert, requestCert: true } });
    await expect(postTls(url, {})).rejects.toThrow();
    expect(await postTls(url, { key, cert })).toBe(202);
  });

  it('with a key that cannot be read, or none, is refused without showing it', () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1));
    for (const tls of [
      { key: 's3cret key', cert },
      { key, cert: 's3cret' },
      { key: ['s3cret', 5], cert },
      { cert },
      {},
    ]) {
      let failure: unknown = null;
      try {
        httpStream(ssc, { port: 0, tls } as HttpOptions);
      } catch (e) {
        failure = e;
      }
      expect([tls, isMillraceError(failure, 'MR_OPTION')]).toEqual([tls, true]);
      expect(`${failure} ${JSON.stringify(failure)}`).not.toContain('s3cret');
    }
  });
});

describe('bounds', () => {
  it('keeps the rate', async () => {
    const { post, clock, stream } = await scene({ maxRate: 10 });
    expect((await post(JSON.stringify(Array(35).fill(0)))).status).toBe(202);
    const refused = await post('1');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '4']);
    expect(stream.flow()).toMatchObject({ rateLimit: 10, refused: 1, waitingRecords: 35 });
    await clock.advance(4000);
    expect((await post('1')).status).toBe(202);
  });

  it('counts JSON by its bytes', async () => {
    const { post, batch, stream } = await scene({ maxBufferedBytes: 1000 });
    expect((await post(`"${'x'.repeat(998)}"`)).status).toBe(202);
    expect(stream.flow()?.waitingBytes).toBe(1000);
    expect((await post('1')).status).toBe(429);
    await batch();
    expect((await post('1')).status).toBe(202);
  });
});

describe('its options', () => {
  it('are checked where the stream is written down', () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1));
    const make = (options: object) => codeOf(() => httpStream(ssc, { port: 0, ...options } as HttpOptions));
    expect(make({ host: '0.0.0.0' })).toBe('MR_UNSAFE_LISTEN');
    expect(make({ host: '::' })).toBe('MR_UNSAFE_LISTEN');
    expect(make({ host: '0.0.0.0', auth: { token: 'x' } })).toBe('nothing was thrown');
    expect(make({ host: '0.0.0.0', auth: () => true })).toBe('nothing was thrown');
    expect(make({ host: '0.0.0.0', insecure: true })).toBe('nothing was thrown');
    expect(make({ host: '0.0.0.0', tls: { key, cert, requestCert: true } })).toBe('nothing was thrown');
    expect(make({ host: '0.0.0.0', tls: { requestCert: true, rejectUnauthorized: false } })).toBe('MR_UNSAFE_LISTEN');
    expect(make({ host: '0.0.0.0', tls: {} })).toBe('MR_UNSAFE_LISTEN');
    for (const wrong of [
      { prot: 1 },
      { port: 70_000 },
      { path: 'in' },
      { path: '/in?x' },
      { auth: 'x' },
      { auth: { token: '' } },
      { insecure: 1 },
      { tls: 'key' },
      { format: 'xml' },
      { parse: 1 },
      { parse: () => [], format: 'json' },
      { maxBodyBytes: 0 },
      { maxBytesInFlight: 1000 },
      { maxConnections: 1.5 },
      { maxHeaderBytes: -1 },
      { maxRate: 0 },
      { runOn: 'moon' },
    ])
      expect([wrong, make(wrong)]).toEqual([wrong, 'MR_OPTION']);
    expect(make({ requestTimeout: 0 })).toBe('MR_DURATION');
    expect(make({ idleTimeout: -1 })).toBe('MR_DURATION');
  });

  it('include a port that is taken, which fails the start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { warn: () => {} });
    const stream = httpStream(ssc, { port: (taken.address() as { port: number }).port });
    stream.print();
    const failure = await ssc.start().catch((e: unknown) => e);
    expect(isMillraceError(failure, 'MR_LISTEN')).toBe(true);
    await expect(stream.listening).rejects.toBe(failure);
    await ssc.stop();
    taken.close();
  });
});
