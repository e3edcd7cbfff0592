import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { isMillraceError, milliseconds, type StreamingContext, seconds } from '@millrace/core';
import { runBatches } from '@millrace/core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import {
  lengthPrefixed,
  type SocketServerInputDStream,
  type SocketServerTextOptions,
  socketServerStream,
} from '../../src/sockets/index.ts';
import { closed, scene, sender, turns, until } from './peers.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0)) await each();
});

/** A stream that listens, of a context that runs. */
async function listening(options: Partial<SocketServerTextOptions> = {}) {
  const made = scene<string, SocketServerInputDStream<string>>((ssc: StreamingContext) =>
    socketServerStream(ssc, { port: 0, ...options }),
  );
  cleanUp.push(() => made.ssc.stop());
  await made.ssc.start();
  const { port } = await made.stream.listening;
  return { ...made, port };
}

const pem = (name: string) => readFileSync(new URL(`./tls/${name}.pem`, import.meta.url));
/** A key of the server, and its certificate. */
const ours = { key: pem('key'), cert: pem('cert') };

describe('senders', () => {
  test('are many, and the lines of each stay in order', async () => {
    const { port, runUntil, records } = await listening();
    const senders = await Promise.all(Array.from({ length: 20 }, () => sender(port)));
    for (let i = 0; i < 50; i++) for (const [s, socket] of senders.entries()) socket.write(`${s}:${i}\n`);
    for (const socket of senders) socket.end('end');
    await runUntil(() => records().length === 20 * 51);
    for (let s = 0; s < 20; s++) {
      const own = records().filter((line) => line.startsWith(`${s}:`));
      expect(own).toEqual(Array.from({ length: 50 }, (_, i) => `${s}:${i}`));
    }
  });

  test('may send frames', async () => {
    const made = scene<number, SocketServerInputDStream<number>>((ssc) =>
      socketServerStream<number>(ssc, {
        port: 0,
        framing: lengthPrefixed({ bytes: 1 }),
        decode: (frame) => frame.readUInt16LE(0),
      }),
    );
    cleanUp.push(() => made.ssc.stop());
    await made.ssc.start();
    const socket = await sender((await made.stream.listening).port);
    socket.write(Buffer.from([2, 5, 0, 2, 0]));
    socket.write(Buffer.from([1]));
    expect(await made.batch(2)).toEqual([5, 256]);
  });

  test('that break within a line lose it, which is counted; the others go on', async () => {
    const { port, batch, flow, kinds, events } = await listening();
    const [breaking, good] = await Promise.all([sender(port), sender(port)]);
    breaking.write('whole\nha');
    await until(() => flow().waitingRecords === 1);
    breaking.resetAndDestroy();
    await until(() => flow().dropped === 1);
    good.write('good\n');
    expect(await batch(2)).toEqual(['whole', 'good']);
    expect(kinds()).toEqual(['started', 'error']);
    expect(events[1][1].lastErrorMessage).toBe('socketServerStream: a connection broke within a record, which is lost');
  });

  test('whose record cannot be read are disconnected alone', async () => {
    const made = scene<unknown, SocketServerInputDStream<unknown>>((ssc) =>
      socketServerStream<unknown>(ssc, { port: 0, maxLineBytes: 20, decode: (line) => JSON.parse(line.toString()) }),
    );
    cleanUp.push(() => made.ssc.stop());
    await made.ssc.start();
    const { port } = await made.stream.listening;
    const [wrong, long, good] = await Promise.all([sender(port), sender(port), sender(port)]);
    wrong.write('{\n');
    long.write('x'.repeat(21));
    long.write('x'.repeat(21));
    await Promise.all([closed(wrong), closed(long)]);
    good.write('"good"\n');
    expect(await made.batch(1)).toEqual(['good']);
    expect(made.kinds()).toEqual(['started', 'error', 'error']);
    expect(made.flow().dropped).toBe(2);
  });

  test('10,000 short ones leave nothing behind', async () => {
    const { ssc, clock, port, flow, runUntil, records } = await listening();
    const open = 50;
    let left = 10_000;
    const workers = Array.from({ length: open }, async () => {
      while (left-- > 0) {
        const socket = await sender(port);
        socket.end('hi\n');
        await closed(socket);
      }
    });
    let over = false;
    const all = Promise.all(workers).then(() => {
      over = true;
    });
    await runUntil(() => over);
    await all;
    await runUntil(() => records().length >= 10_000);
    expect(records()).toHaveLength(10_000);
    expect(flow()).toMatchObject({ waitingRecords: 0, refused: 0, dropped: 0 });
    // Nothing waits for a connection that is gone: only the next batch does.
    expect(clock.pending).toBeLessThanOrEqual(1);
    await ssc.stop();
    expect(clock.pending).toBe(0);
  });

  test('beyond maxConnections are refused, and counted', async () => {
    const { port, batch, flow } = await listening({ maxConnections: 2 });
    const [first] = await Promise.all([sender(port), sender(port)]);
    const third = await sender(port);
    await closed(third);
    expect(flow().refused).toBe(1);
    first.end('1\n');
    expect(await batch(1)).toEqual(['1']);
    await until(() => first.destroyed);
    const fourth = await sender(port);
    fourth.write('4\n');
    expect(await batch(1)).toEqual(['4']);
  });

  test('that are silent are disconnected', async () => {
    const { port, clock, batch, flow } = await listening({ idleTimeout: seconds(10) });
    const [silent, busy] = await Promise.all([sender(port), sender(port)]);
    silent.write('ha');
    await turns(20);
    await clock.advance(6000);
    busy.write('1\n');
    await until(() => flow().waitingRecords === 1);
    await clock.advance(4000);
    await closed(silent);
    expect(flow().dropped).toBe(1);
    busy.write('2\n');
    await batch(1);
    expect(busy.destroyed).toBe(false);
  });

  test('all wait while there is no room, and TCP stops them', async () => {
    const numSenders = 8;
    const numLines = 60_000;
    const { port, flow, records, runUntil } = await listening({ maxBufferedRecords: 500 });
    const senders = await Promise.all(Array.from({ length: numSenders }, () => sender(port)));
    const line = `${'x'.repeat(99)}\n`;
    const written = new Array<number>(numSenders).fill(0);
    for (const [s, socket] of senders.entries()) {
      const write = () => {
        while (written[s] < numLines) {
          const n = Math.min(600, numLines - written[s]);
          written[s] += n;
          if (!socket.write(line.repeat(n))) return;
        }
        socket.end();
      };
      socket.on('drain', write);
      write();
    }
    await until(() => flow().waitingRecords === 500);
    for (let before = -1, now = 0; now !== before; now = written.reduce((a, b) => a + b)) {
      before = now;
      await turns(200);
    }
    expect(Math.max(...written)).toBeLessThan(numLines);
    const waiting: number[] = [];
    await runUntil(() => {
      waiting.push(flow().waitingRecords);
      return records().length === 20_000;
    });
    expect(Math.max(...waiting)).toBeLessThanOrEqual(500);
    for (const socket of senders) socket.destroy();
  });
});

describe('who may send', () => {
  const auth = { token: 's3cret' };
  const codeOf = (options: object) => {
    try {
      scene<string, any>((ssc) => socketServerStream(ssc, { port: 0, ...options }));
    } catch (e) {
      expect(JSON.stringify([(e as Error).message, e])).not.toContain('s3cret');
      return (e as { code: string }).code;
    }
    return null;
  };

  test('off loopback has to be said', () => {
    expect(codeOf({ host: '0.0.0.0' })).toBe('MR_UNSAFE_LISTEN');
    expect(codeOf({ host: '0.0.0.0', insecure: true })).toBe(null);
    expect(codeOf({ host: '0.0.0.0', auth })).toBe(null);
    expect(codeOf({ host: '0.0.0.0', tls: { ...ours, requestCert: true } })).toBe(null);
    expect(codeOf({ host: '0.0.0.0', tls: { requestCert: true, rejectUnauthorized: false } })).toBe('MR_UNSAFE_LISTEN');
    expect(codeOf({ host: '::1' })).toBe(null);
    expect(codeOf({ host: 'localhost' })).toBe(null);
  });

  test('options are checked, and secrets are not shown', () => {
    for (const wrong of [
      { auth: 's3cret' },
      { auth: { token: 's3cret\n' } },
      { authTimeout: seconds(1) },
      { Auth: { token: 's3cret' } },
      { tls: 's3cret' },
      { tls: {} },
      { tls: { key: ours.key } },
      { tls: { ...ours, key: 's3cret' } },
      { tls: { ...ours, handshakeTimeout: 's3cret' } },
      { maxRate: 0 },
      { runOn: 'here' },
      { port: 70_000 },
      { maxConnections: 0 },
      { ack: 1 },
      { insecure: 'yes' },
      { framing: lengthPrefixed() },
      { framing: lengthPrefixed(), decode: String, maxLineBytes: 5 },
      { framing: lengthPrefixed(), decode: String, onLongLine: 'cut' },
      { decode: String, encoding: 'latin1' },
      { onBadRecord: 'drop' },
    ])
      expect(codeOf(wrong), JSON.stringify(wrong)).toBe('MR_OPTION');
    expect(codeOf({ idleTimeout: milliseconds(0) })).toBe('MR_DURATION');
  });

  test('is asked for the token in the first line, wherever packets end', async () => {
    const { port, batch, flow, warnings, ssc } = await listening({ auth });
    const good = await sender(port);
    for (const part of ['s3c', 'ret\r', '\nfirst\nsec']) {
      good.write(part);
      await turns(5);
    }
    good.write('ond\n');
    const wrong = await sender(port);
    wrong.write('guess\nnot taken\n');
    const long = await sender(port);
    long.write('x'.repeat(5000));
    await Promise.all([closed(wrong), closed(long)]);
    expect(await batch(2)).toEqual(['first', 'second']);
    expect(flow()).toMatchObject({ refused: 2, dropped: 0 });
    expect(warnings.map((w) => w.replace(/^[^:]+: /, ''))).toEqual([
      'socketServerStream: a sender was turned away, the token is wrong',
      'socketServerStream: a sender was turned away, the first line is no token',
    ]);
    expect(JSON.stringify([warnings, ssc.plan.nodes.map(({ name, params }) => [name, params])])).not.toContain(
      's3cret',
    );
  });

  test('has a bounded time to say so', async () => {
    const { port, clock, batch, flow } = await listening({ auth, authTimeout: seconds(2) });
    const [slow, good] = await Promise.all([sender(port), sender(port)]);
    slow.write('s3cr');
    good.write('s3cret\n');
    await turns(20);
    await clock.advance(1999);
    expect(slow.destroyed).toBe(false);
    await clock.advance(1);
    await closed(slow);
    expect(flow().refused).toBe(1);
    await clock.advance(5000);
    good.write('1\n');
    expect(await batch(1)).toEqual(['1']);
  });

  test('that a function never decides on ends in time, too, and is counted', async () => {
    const { port, clock, flow } = await listening({
      auth: () => new Promise<boolean>(() => {}),
      authTimeout: seconds(2),
    });
    const waiting = await sender(port);
    waiting.write('s3cret\n');
    await turns(20);
    await clock.advance(2000);
    await closed(waiting);
    await until(() => flow().refused === 1);
  });

  test('can be decided by a function, whose errors admit nobody', async () => {
    const { port, batch, flow, events } = await listening({
      auth: async (token) => {
        if (token === 'broken') throw new Error('no directory');
        return token === 'a' || token === 'b';
      },
    });
    const [a, b, c, broken] = await Promise.all([sender(port), sender(port), sender(port), sender(port)]);
    c.write('c\n3\n');
    broken.write('broken\n4\n');
    await Promise.all([closed(c), closed(broken)]);
    a.write('a\n1\n');
    b.write('b\n2\n');
    expect((await batch(2)).sort()).toEqual(['1', '2']);
    expect(flow().refused).toBe(2);
    expect(events.map(([, info]) => info.lastError).sort()).toContain('no directory');
  });

  test('TLS', async () => {
    const { port, batch, flow } = await listening({ tls: ours });
    const socket = connectTls({ port, host: 'localhost', ca: ours.cert });
    socket.write('by TLS\n');
    expect(await batch(1)).toEqual(['by TLS']);
    const plain = await sender(port);
    plain.write('no TLS here, but plain text\n');
    await closed(plain);
    expect(flow().refused).toBe(1);
    socket.destroy();
  });
});

describe('acknowledgements', () => {
  test('come when records are stored, not before, and count what a policy threw away', async () => {
    const { ssc, clock, port, flow } = await listening({ ack: true, maxLineBytes: 5, onLongLine: 'drop' });
    const socket = await sender(port);
    socket.write('1\n2\ntoo long\n4\nhal');
    await until(() => flow().waitingRecords === 3);
    await turns(50);
    // In memory, but in no block yet: a write-ahead log would not have it.
    expect(socket.heard).toBe('');
    await runBatches(ssc, clock, 1);
    await until(() => socket.heard === '4\n');
    socket.end('f');
    await until(() => flow().waitingRecords === 1);
    await runBatches(ssc, clock, 1);
    await closed(socket);
    expect(socket.heard).toBe('4\n5\n');
  });

  test('for what was received come while the job stops', async () => {
    const { ssc, port, flow, records } = await listening({ ack: true });
    const socket = await sender(port);
    socket.write('1\n2\nhal');
    await until(() => flow().waitingRecords === 2);
    await ssc.stop({ graceful: true });
    await closed(socket);
    expect(socket.heard).toBe('2\n');
    expect(records()).toEqual(['1', '2']);
  });

  test('make sure that a sender which sends again loses nothing', async () => {
    const all = Array.from({ length: 500 }, (_, i) => `record ${i}`);
    // So few may wait that acknowledgements come in parts.
    const { ssc, clock, port, records } = await listening({ ack: true, maxBufferedRecords: 40 });
    let safe = 0;
    let attempts = 0;
    for (; safe < all.length; attempts++) {
      const socket = await sender(port);
      const from = safe;
      socket.write(
        all
          .slice(from)
          .map((line) => `${line}\n`)
          .join(''),
      );
      const told = () => Number(socket.heard.trimEnd().split('\n').at(-1));
      while (told() < Math.min(60, all.length - from)) await runBatches(ssc, clock, 1);
      socket.resetAndDestroy();
      safe = from + told();
    }
    await runBatches(ssc, clock, 5);
    expect(attempts).toBeGreaterThan(1);
    expect([...new Set(records())].sort()).toEqual([...all].sort());
  });

  test('that nobody reads hold nothing up', async () => {
    const { port, runUntil, records } = await listening({ ack: true });
    const socket = await sender(port);
    socket.pause();
    let n = 0;
    await runUntil(() => {
      if (n < 300) socket.write(`${n++}\n`);
      return records().length === 300;
    });
    socket.destroy();
  });
});

describe('listening', () => {
  test('on a port that is taken fails the start', async () => {
    const first = await listening();
    const second = scene<string, any>((ssc) => socketServerStream(ssc, { port: first.port }));
    const failure = await second.ssc.start().catch((e: unknown) => e);
    expect(isMillraceError(failure, 'MR_LISTEN')).toBe(true);
    expect(await second.stream.listening.catch((e: unknown) => e)).toBe(failure);
  });

  test('ends with the job', async () => {
    const { ssc, port } = await listening();
    const socket = await sender(port);
    await ssc.stop();
    await closed(socket);
    await expect(sender(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
