import { type Backoff, isMillraceError, milliseconds, type StreamingContext, seconds } from '@millrace/core';
import { describe, expect, test } from 'vitest';
import { type SocketTextOptions, socketTextStream } from '../../src/sockets/index.ts';
import { closed, SenderServer, scene, turns, until } from './peers.ts';

type Options = Partial<SocketTextOptions>;
/** Random waits of a few ms at most, so that a batch interval is enough for any of them. */
const soon: Backoff = { initial: 1, max: 4 };

/** A stream of lines that connects to a server of the test. */
async function connected(options: Options = {}) {
  const server = await SenderServer.open();
  const reconnect = options.restartDelay === undefined ? soon : undefined;
  const made = scene<string, ReturnType<typeof socketTextStream>>((ssc: StreamingContext) =>
    socketTextStream(ssc, { host: '127.0.0.1', port: server.port, name: 'lines', reconnect, ...options }),
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

describe('lines', () => {
  test('keep their order over packets and batches; the sender that ends has a last line', async () => {
    const { socket, batch, records, end } = await connected();
    const bytes = Buffer.from('añb\r\n\n😀x\nlast');
    for (const byte of bytes.subarray(0, 6)) {
      socket.write(Buffer.of(byte));
      await turns(2);
    }
    expect(await batch(1)).toEqual(['añb']);
    socket.end(bytes.subarray(6));
    expect(await batch(3)).toEqual(['', '😀x', 'last']);
    expect(records()).toHaveLength(4);
    await end();
  });

  test('of other encodings become text', async () => {
    const { socket, batch, end } = await connected({ encoding: 'utf16le' });
    const bytes = Buffer.from('a€\r\n😀', 'utf16le');
    socket.write(bytes.subarray(0, 3));
    await turns(5);
    socket.end(bytes.subarray(3));
    expect(await batch(2)).toEqual(['a€', '😀']);
    await end();
  });

  test('that are too long are cut or dropped, and counted', async () => {
    const cutting = await connected({ maxLineBytes: 4, onLongLine: 'cut' });
    cutting.socket.write('abcd\nabcdef\nab€\nx\n');
    expect(await cutting.batch(4)).toEqual(['abcd', 'abcd', 'ab', 'x']);
    expect(cutting.flow().dropped).toBe(0);
    await cutting.end();

    const dropping = await connected({ maxLineBytes: 4, onLongLine: 'drop' });
    dropping.socket.write('abcd\nabcdef\nab€\nx\n');
    expect(await dropping.batch(2)).toEqual(['abcd', 'x']);
    expect(dropping.flow().dropped).toBe(2);
    await dropping.end();
  });

  test('that are too long end the connection unless told otherwise, after those before them', async () => {
    const { socket, server, batch, events, runUntil, end } = await connected({ maxLineBytes: 4 });
    socket.write('good\nabcdef\nlost\n');
    expect(await batch(1)).toEqual(['good']);
    await runUntil(() => server.sockets.length === 2);
    const [, [kind, { lastError, lastErrorMessage }]] = events;
    expect(kind).toBe('error');
    expect(lastErrorMessage).toMatch(/^socketTextStream 127\.0\.0\.1:\d+: a record could not be read$/);
    expect(lastError).toMatch(
      /got a record that cannot be read, from 127\.0\.0\.1:\d+: a line is longer than maxLineBytes, 4/,
    );
    (await server.connection(1)).write('on\n');
    expect(await batch(1)).toEqual(['on']);
    await end();
  });

  test('of several sockets are one stream', async () => {
    const servers = await Promise.all([SenderServer.open(), SenderServer.open()]);
    const made = scene<string, any>((ssc) =>
      ssc.union(servers.map(({ port }) => socketTextStream(ssc, { host: '127.0.0.1', port }))),
    );
    await made.ssc.start();
    for (const [i, server] of servers.entries()) (await server.connection(0)).end(`from ${i}\n`);
    await made.runUntil(() => made.records().length === 2);
    expect(made.records().sort()).toEqual(['from 0', 'from 1']);
    await made.ssc.stop();
    for (const server of servers) await server.close();
  });
});

describe('a connection that ends', () => {
  test('is made again when the sender ended it (R132), which is no error', async () => {
    const { socket, server, records, kinds, warnings, runUntil, end } = await connected();
    socket.end('1\n');
    await until(() => socket.destroyed);
    await runUntil(() => server.sockets.length === 2);
    server.sockets[1].end('2\n3');
    await runUntil(() => server.sockets.length === 3);
    expect(records()).toEqual(['1', '2', '3']);
    expect(kinds()).toEqual(['started', 'stopped', 'started', 'stopped', 'started']);
    expect(warnings).toEqual([]);
    await end();
  });

  test('broken within a line makes no record of it, and counts it', async () => {
    const { socket, server, batch, events, flow, warnings, runUntil, end } = await connected();
    socket.write('whole\nhal');
    await until(() => flow().waitingRecords === 1);
    socket.resetAndDestroy();
    expect(await batch(1)).toEqual(['whole']);
    await runUntil(() => server.sockets.length === 2);
    expect(flow().dropped).toBe(1);
    expect(events[1][0]).toBe('stopped');
    expect(events[1][1].lastError).toMatch(
      /socketTextStream 127\.0\.0\.1:\d+ failed: the connection broke \(read ECONNRESET\), and 3 bytes of a record that was not complete are lost/,
    );
    expect(warnings).toHaveLength(1);
    server.sockets[1].write('f\n');
    expect(await batch(1)).toEqual(['f']);
    await end();
  });

  test('that cannot be made is tried again until the server is there; the log has one line of it', async () => {
    const gone = await SenderServer.open();
    const { port } = gone;
    await gone.close();
    const made = scene<string, any>((ssc) => socketTextStream(ssc, { host: '127.0.0.1', port, reconnect: soon }));
    await made.ssc.start();
    await made.runUntil(() => made.kinds().filter((kind) => kind === 'stopped').length >= 5);
    expect(made.events[1][1].lastError).toMatch(/it could not be reached \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)/);
    const server = await SenderServer.open(undefined, port);
    await made.runUntil(() => server.sockets.length === 1);
    server.sockets[0].write('back\n');
    expect(await made.batch(1)).toEqual(['back']);
    expect(made.warnings).toHaveLength(1);
    await made.ssc.stop();
    await server.close();
  });

  test('is made again after restartDelay, where that is given', async () => {
    const { clock, socket, server, kinds, end } = await connected({ restartDelay: milliseconds(5000) });
    socket.end();
    await until(() => kinds().includes('stopped'));
    await clock.advance(4999);
    await turns(20);
    expect(server.sockets).toHaveLength(1);
    await clock.advance(1);
    await server.connection(1);
    await end();
  });

  test('waits longer with each failure: nobody is flooded', async () => {
    const gone = await SenderServer.open();
    const { port } = gone;
    await gone.close();
    const made = scene<string, any>((ssc) =>
      socketTextStream(ssc, { host: '127.0.0.1', port, reconnect: { initial: 1, max: seconds(1000) } }),
    );
    await made.ssc.start();
    const attempts = () => made.kinds().filter((kind) => kind === 'started').length;
    for (let i = 0; i < 40; i++) {
      await turns(5);
      await made.clock.advance(100);
    }
    // Bounds 1, 2, 4, …, 2048 ms: twelve attempts in 4 s were the fewest if none drew less than its bound.
    expect(attempts()).toBeGreaterThan(5);
    expect(attempts()).toBeLessThan(30);
    await made.ssc.stop();
  });
  test('after it delivered something is made again soon, however often', async () => {
    const { clock, server, end } = await connected({ reconnect: { initial: 1, max: seconds(1000) } });
    for (let n = 0; n < 15; n++) {
      const socket = await server.connection(n);
      socket.end(`${n}\n`);
      await closed(socket);
      await turns(10);
      await clock.advance(5);
    }
    await server.connection(15);
    await end();
  });
});

describe('silence', () => {
  test('for longer than idleTimeout ends a half-open connection', async () => {
    const { clock, server, socket, flow, events, batch, end } = await connected({ idleTimeout: seconds(10) });
    // The other machine is gone: nothing comes, not even an end.
    socket.write('1\n2');
    await until(() => flow().waitingRecords === 1);
    await clock.advance(9_999);
    expect(socket.destroyed).toBe(false);
    await clock.advance(1);
    await until(() => events.length >= 2);
    expect(events[1][1].lastError).toMatch(/the connection broke \(nothing came for 10000 ms\), and 1 bytes/);
    await clock.advance(10);
    (await server.connection(1)).write('3\n');
    await until(() => flow().waitingRecords === 1);
    expect(flow().dropped).toBe(1);
    await batch(0);
    await end();
  });

  test('is none while the job is what is slow', async () => {
    const { clock, server, socket, flow, end } = await connected({ idleTimeout: seconds(1), maxRate: 1 });
    socket.write('1\n2\n3\n4\n5\n');
    await until(() => flow().waitingRecords > 0);
    for (let i = 0; i < 15; i++) await clock.advance(100);
    expect(socket.destroyed).toBe(false);
    expect(server.sockets).toHaveLength(1);
    await end();
  });

  test('of a server that accepts and does not speak TLS ends with connectTimeout', async () => {
    const { clock, server, events, end } = await connected({ tls: true, connectTimeout: milliseconds(300) });
    await clock.advance(300);
    await until(() => events.length >= 2);
    expect(events[1][1].lastError).toMatch('it could not be reached (there was no answer for 300 ms)');
    await clock.advance(10);
    await server.connection(1);
    await end();
  });
});

describe('a slow job', () => {
  test('takes no more than may wait, to the record, and TCP stops the sender', async () => {
    const { clock, socket, flow, records, runUntil, end } = await connected({ maxBufferedRecords: 1000 });
    const line = `${'x'.repeat(99)}\n`;
    let written = 0;
    const numLines = 300_000;
    const write = () => {
      while (written < numLines) {
        const n = Math.min(640, numLines - written);
        written += n;
        if (!socket.write(line.repeat(n))) return;
      }
      socket.end();
    };
    socket.on('drain', write);
    write();
    await until(() => flow().waitingRecords === 1000);
    let before = -1;
    // Buffers of the machine fill up, and then nothing moves.
    while (written !== before) {
      before = written;
      await turns(200);
    }
    expect(written).toBeLessThan(numLines);
    expect(flow().waitingRecords).toBe(1000);
    const sizes = new Set<number>();
    await runUntil(() => {
      sizes.add(flow().waitingRecords);
      return records().length === numLines;
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(clock.now()).toBeGreaterThan(0);
    await end();
  });

  test('holds no more bytes than may wait but for one packet', async () => {
    const { socket, flow, end } = await connected({ maxBufferedBytes: 100_000 });
    const line = `${'x'.repeat(999)}\n`;
    socket.write(line.repeat(10_000));
    await until(() => flow().waitingBytes >= 100_000);
    await turns(200);
    expect(flow().waitingBytes).toBeLessThan(100_000 + 65_536);
    await end();
  });

  test('by a rate limit gets an even stream, not a packet at a time', async () => {
    const { socket, runUntil, records, flow, end } = await connected({ maxRate: 200 });
    socket.write('x\n'.repeat(100));
    await until(() => flow().waitingRecords > 0);
    const sizes: number[] = [];
    await runUntil(() => {
      sizes.push(records().length);
      return records().length === 100;
    });
    const steps = sizes.map((n, i) => n - (sizes[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(21);
    await end();
  });

  test('that is stopped gracefully gets what was received, and nothing is lost without being counted', async () => {
    const { ssc, socket, flow, records, server } = await connected({ maxBufferedRecords: 10 });
    socket.write(`${'x\n'.repeat(15)}half`);
    await until(() => flow().waitingRecords === 10);
    await turns(20);
    await ssc.stop({ graceful: true });
    expect(records()).toHaveLength(15);
    expect(flow().dropped).toBe(1);
    await closed(socket);
    await server.close();
  });
});

describe('options', () => {
  const refusals: [string, object, string][] = [
    ['a misspelt name', { hots: 'x' }, 'MR_OPTION'],
    ['no host', { host: '' }, 'MR_OPTION'],
    ['no port', { port: 0 }, 'MR_OPTION'],
    ['an unknown encoding', { encoding: 'klingon' }, 'MR_OPTION'],
    ['an unknown policy', { onLongLine: 'skip' }, 'MR_OPTION'],
    ['a bound of 0', { maxLineBytes: 0 }, 'MR_OPTION'],
    ['a key in the wrong place', { tls: 'PRIVATE KEY s3cret' }, 'MR_OPTION'],
    ['a key that is none', { tls: { key: 'PRIVATE KEY s3cret' } }, 'MR_OPTION'],
    ['a version of TLS that is none', { tls: { minVersion: 's3cret' } }, 'MR_OPTION'],
    ['a longest wait below the first', { reconnect: { initial: 100, max: 10 } }, 'MR_OPTION'],
    ['a misspelt backoff', { reconnect: { initialDelay: 5 } }, 'MR_OPTION'],
    ['two ways to wait', { reconnect: {}, restartDelay: seconds(1) }, 'MR_OPTION'],
    ['no time', { idleTimeout: milliseconds(0) }, 'MR_DURATION'],
    ['keepAlive true', { keepAlive: true }, 'MR_DURATION'],
    ['a rate of 0', { maxRate: 0 }, 'MR_OPTION'],
    ['an unknown place', { runOn: 'here' }, 'MR_OPTION'],
  ];

  test.each(refusals)('%s is refused where it is written down', (_what, wrong, code) => {
    let failure: unknown = null;
    try {
      scene<string, any>((ssc) => socketTextStream(ssc, { host: 'localhost', port: 1, ...wrong } as SocketTextOptions));
    } catch (e) {
      failure = e;
    }
    expect(isMillraceError(failure, code as 'MR_OPTION')).toBe(true);
    expect((failure as Error).message).not.toContain('s3cret');
    // Who reads it has called this function and not what it is made of.
    expect((failure as Error).message).toContain('socketTextStream: ');
  });
});
