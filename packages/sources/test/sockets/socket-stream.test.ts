import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { type Backoff, isMillraceError } from '@millrace/core';
import { describe, expect, test } from 'vitest';
import {
  type Framing,
  lengthPrefixed,
  lines,
  type SocketStreamOptions,
  socketStream,
  socketTextStream,
} from '../../src/sockets/index.ts';
import { SenderServer, scene, turns, until } from './peers.ts';

const soon: Backoff = { initial: 1, max: 4 };
const parse = (line: Buffer) => JSON.parse(line.toString()) as unknown;

async function connected<T>(
  options: Pick<SocketStreamOptions<T>, 'framing' | 'onBadRecord' | 'maxRate' | 'maxBufferedRecords'> &
    ({ decode: (frame: Buffer) => T } | { decodeMany: (frame: Buffer) => Iterable<T> }),
) {
  const server = await SenderServer.open();
  const made = scene<T, any>((ssc) =>
    socketStream<T>(ssc, { host: '127.0.0.1', port: server.port, reconnect: soon, ...options }),
  );
  await made.ssc.start();
  return {
    ...made,
    server,
    socket: await server.connection(0),
    async end() {
      await made.ssc.stop();
      await server.close();
    },
  };
}

test('each frame is a record, also when that is an array', async () => {
  const { socket, batch, end } = await connected({ framing: lines(), decode: parse });
  socket.write('{"a":1}\r\n[1,2]\n"te');
  await turns(5);
  socket.write('xt"\n');
  expect(await batch(3)).toEqual([{ a: 1 }, [1, 2], 'text']);
  await end();
});

test('decodeMany gives any number of records of a frame, no more at a time than may wait', async () => {
  const { socket, flow, records, runUntil, end } = await connected({
    framing: lengthPrefixed({ bytes: 1 }),
    *decodeMany(frame) {
      for (let i = 0; i < frame[0]; i++) yield i;
    },
    maxBufferedRecords: 5,
  });
  socket.write(Buffer.from([1, 3, 1, 0, 1, 12]));
  const waiting: number[] = [];
  await runUntil(() => {
    waiting.push(flow().waitingRecords);
    return records().length === 15;
  });
  expect(Math.max(...waiting)).toBeLessThanOrEqual(5);
  expect(records()).toEqual([0, 1, 2, ...Array(12).keys()]);
  await end();
});

test('a framing of your own is made for each connection', async () => {
  let made = 0;
  const semicolons: Framing = () => {
    made++;
    let rest = '';
    return {
      push(chunk, take) {
        const parts = (rest + chunk.toString('latin1')).split(';');
        rest = parts.pop() ?? '';
        for (const part of parts) take(Buffer.from(part));
      },
      end() {
        if (rest !== '') throw new Error(`${rest} has no end`);
      },
      get pending() {
        return rest.length;
      },
    };
  };
  const { socket, server, batch, runUntil, events, flow, end } = await connected({
    framing: semicolons,
    decode: String,
  });
  socket.end('a;b;ha');
  expect(await batch(2)).toEqual(['a', 'b']);
  await runUntil(() => server.sockets.length === 2);
  expect(events[1][1].lastError).toMatch(/behind frame 2 from 127\.0\.0\.1:\d+: ha has no end/);
  expect(flow().dropped).toBe(1);
  server.sockets[1].write('lf;');
  expect(await batch(1)).toEqual(['lf']);
  expect(made).toBe(2);
  await end();
});

describe('a frame that cannot be decoded', () => {
  test('ends the connection, after the records before it', async () => {
    const { socket, server, batch, runUntil, events, flow, end } = await connected({ framing: lines(), decode: parse });
    socket.write('1\n{\n3\n');
    expect(await batch(1)).toEqual([1]);
    await runUntil(() => server.sockets.length === 2);
    expect(events.slice(1, 3).map(([kind]) => kind)).toEqual(['error', 'stopped']);
    expect(events[1][1].lastError).toMatch(/cannot be read, frame 2 from 127\.0\.0\.1:\d+: .*JSON/);
    // The bad one, and the one behind it, which had been received.
    expect(flow().dropped).toBe(2);
    await end();
  });

  test('is dropped and counted, if that is the policy', async () => {
    const { socket, batch, flow, end } = await connected({ framing: lines(), decode: parse, onBadRecord: 'drop' });
    socket.write('1\n{\n3\n');
    expect(await batch(2)).toEqual([1, 3]);
    expect(flow().dropped).toBe(1);
    await end();
  });

  test('goes to a function, which may have it fail nevertheless', async () => {
    const bad: [string, unknown][] = [];
    const { socket, server, batch, runUntil, events, flow, end } = await connected({
      framing: lines(),
      decode: parse,
      onBadRecord: (error, frame) => {
        bad.push([String(frame), isMillraceError(error, 'MR_BAD_RECORD')]);
        if (String(frame) === 'fatal') throw new Error('enough');
      },
    });
    socket.write('1\n{\n3\nfatal\n');
    expect(await batch(2)).toEqual([1, 3]);
    await runUntil(() => server.sockets.length === 2);
    expect(bad).toEqual([
      ['{', true],
      ['fatal', true],
    ]);
    expect(events[1][1].lastError).toContain('enough');
    expect(flow().dropped).toBe(2);
    await end();
  });
});

test('options are checked', () => {
  const good = { host: 'localhost', port: 1, framing: lines(), decode: parse };
  for (const wrong of [
    { decode: undefined },
    { decode: 'json' },
    { decodeMany: () => [] },
    { onBadRecord: 'ignore' },
    { framing: 'lines' },
    { framing: lines },
    { framing: undefined },
    { maxLineBytes: 5 },
  ]) {
    const make = () => scene<unknown, any>((ssc) => socketStream(ssc, { ...good, ...wrong } as never));
    expect(make, JSON.stringify(wrong)).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  }
});

describe('TLS', () => {
  const pem = (name: string) => readFileSync(new URL(`./tls/${name}.pem`, import.meta.url));

  test('is spoken, and certificates are checked', async () => {
    const server = await SenderServer.open(
      createTlsServer({ key: pem('key'), cert: pem('cert') }),
      0,
      'secureConnection',
    );
    const good = scene<string, any>((ssc) =>
      socketTextStream(ssc, { host: 'localhost', port: server.port, tls: { ca: pem('cert') }, reconnect: soon }),
    );
    await good.ssc.start();
    (await server.connection(0)).end('by TLS\nlast');
    expect(await good.batch(2)).toEqual(['by TLS', 'last']);
    await good.ssc.stop();

    const strange = scene<string, any>((ssc) =>
      socketTextStream(ssc, { host: 'localhost', port: server.port, tls: true, reconnect: soon }),
    );
    await strange.ssc.start();
    await until(() => strange.events.length > 1);
    expect(strange.events[1][1].lastError).toMatch(/it could not be reached \(.*self-signed certificate/);
    await strange.ssc.stop();
    await server.close();
  });
});
