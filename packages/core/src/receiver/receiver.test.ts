import { expect, test } from 'vitest';
import {
  linesBlock,
  milliseconds,
  Receiver,
  ReceiverInputDStream,
  type ReceiverStreamOptions,
  StreamingContext,
  seconds,
} from '../index.ts';
import { collectOutputs, inlineBackend, ManualClock } from '../testing/index.ts';

/** A receiver that a test feeds by hand; it writes down its life. */
class Hand<T> extends Receiver<T> {
  readonly log: string[] = [];
  failStart = 0;
  slowStop: Promise<void> | null = null;

  onStart(): void {
    this.log.push(`onStart ${this.clock.now()}`);
    if (this.failStart > 0) {
      this.failStart -= 1;
      throw new Error('no way to begin');
    }
  }

  onStop(): void | Promise<void> {
    const stopped = () => void this.log.push(`onStop ${this.clock.now()}`);
    return this.slowStop === null ? stopped() : this.slowStop.then(stopped);
  }
}

function scene<T = number>(
  options: ReceiverStreamOptions = {},
  context: ConstructorParameters<typeof StreamingContext>[2] = {},
) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), {
    clock,
    warn: (m) => void warnings.push(m),
    ...context,
  });
  const receiver = new Hand<T>();
  const stream = ssc.receiverStream(receiver, options);
  const outputs = collectOutputs(stream);
  const batch = async (n = 1) => {
    for (let i = 0; i < n; i++) {
      await clock.advance(1000);
      await ssc.awaitIdle();
    }
  };
  const records = () => outputs.map((o) => o.records);
  return { clock, ssc, receiver, stream, outputs, records, batch, warnings };
}

test('a batch gets what was stored when it began, in order, however it was stored', async () => {
  const { ssc, receiver, records, batch } = scene<string>();
  await ssc.start();
  receiver.store('a');
  receiver.storeMany(['b', 'c']);
  receiver.store('d');
  receiver.storeText(new TextEncoder().encode('e\nf\r\n'), 2);
  receiver.store('g');
  receiver.storeBytes(linesBlock('h\ni'));
  await batch(2);
  expect(records()).toEqual([['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], []]);
  await ssc.stop();
});

test('a window that slides by more than a batch has the blocks of all batches, and none waits for it', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const receiver = new Hand<number>();
  const numbers = ssc.receiverStream(receiver, { maxBufferedRecords: 2 });
  const outputs = collectOutputs(numbers.window(seconds(6), seconds(3)));
  await ssc.start();
  for (let n = 1; n <= 9; n++) {
    expect(receiver.hasRoom).toBe(true);
    await receiver.storeMany([n]);
    await clock.advance(1000);
    await ssc.awaitIdle();
  }
  await ssc.stop();
  expect(outputs.map((o) => o.records)).toEqual([
    [1, 2, 3],
    [1, 2, 3, 4, 5, 6],
    [4, 5, 6, 7, 8, 9],
  ]);
});

test('R127: what comes within a block interval is one partition', async () => {
  const { ssc, clock, receiver, stream } = scene({ blockInterval: milliseconds(200) });
  const partitions = collectOutputs(stream.glom());
  await ssc.start();
  for (const [i, wait] of [50, 50, 150, 10, 540].entries()) {
    receiver.store(i);
    await clock.advance(wait);
  }
  receiver.store(5);
  await clock.advance(200);
  await ssc.awaitIdle();
  expect(partitions[0].records).toEqual([[0, 1, 2], [3, 4], [5]]);
  await ssc.stop();
});

test('store resolves when the block of the record is safe, storeMany at once', async () => {
  const { ssc, clock, receiver } = scene({ blockInterval: milliseconds(200) });
  await ssc.start();
  const safe: string[] = [];
  void receiver.store(1).then(() => safe.push('one'));
  await clock.advance(100);
  expect(safe).toEqual([]);
  await receiver.storeMany([2]);
  // The single record came before, and so it is in a block before.
  expect(safe).toEqual(['one']);
  void receiver.store(3).then(() => safe.push('three'));
  await clock.advance(100);
  expect(safe).toEqual(['one', 'three']);
  await ssc.stop();
});

test('R122: restart is onStop, the delay, onStart; asking twice is asking once', async () => {
  const { ssc, clock, receiver } = scene();
  await ssc.start();
  receiver.restart('first');
  receiver.restart('second');
  expect(receiver.isStopped()).toBe(true);
  await clock.advance(1999);
  expect(receiver.log).toEqual(['onStart 0', 'onStop 0']);
  await clock.advance(1);
  expect(receiver.log).toEqual(['onStart 0', 'onStop 0', 'onStart 2000']);
  expect(receiver.isStarted()).toBe(true);
  receiver.restart('again', null, milliseconds(100));
  await clock.advance(100);
  expect(receiver.log.slice(3)).toEqual(['onStop 2000', 'onStart 2100']);
  await ssc.stop();
});

test('R122: the delay begins when onStop has ended', async () => {
  const { ssc, clock, receiver } = scene({ restartDelay: milliseconds(500) });
  await ssc.start();
  const slow = Promise.withResolvers<void>();
  receiver.slowStop = slow.promise;
  receiver.restart('slow');
  await clock.advance(1000);
  slow.resolve();
  receiver.slowStop = null;
  await clock.advance(0);
  await clock.advance(499);
  expect(receiver.log).toEqual(['onStart 0', 'onStop 1000']);
  await clock.advance(1);
  expect(receiver.log.at(-1)).toBe('onStart 1500');
  await ssc.stop();
});

test('R124: a receiver that stops itself is started again; the context ends that', async () => {
  const { ssc, clock, receiver } = scene({ restartDelay: milliseconds(100) });
  await ssc.start();
  receiver.stop('enough');
  await clock.advance(100);
  expect(receiver.log).toEqual(['onStart 0', 'onStop 0', 'onStart 100']);
  receiver.stop('enough again');
  await ssc.stop();
  await clock.advance(1000);
  expect(receiver.log.slice(3)).toEqual(['onStop 100']);
});

test('R115, R123: listeners hear of start, errors and stop; an error does not stop the receiver', async () => {
  const events: unknown[] = [];
  const { ssc, clock, receiver, warnings, batch, records } = scene({ name: 'feed' });
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo: r }) => void events.push(['started', r.name, r.active, r.lastErrorTime]),
    onReceiverError: ({ receiverInfo: r }) => void events.push(['error', r.lastErrorMessage, r.lastError, r.active]),
    onReceiverStopped: ({ receiverInfo: r }) => void events.push(['stopped', r.active, r.lastErrorMessage]),
  });
  await ssc.start();
  await clock.advance(10);
  receiver.reportError('lost a packet', new Error('checksum'));
  receiver.reportError('lost a packet', new Error('checksum'));
  receiver.store(1);
  await batch();
  expect(records()).toEqual([[1]]);
  await ssc.stop();
  expect(events).toEqual([
    ['started', 'feed', true, -1],
    ['error', 'lost a packet', 'checksum', true],
    ['error', 'lost a packet', 'checksum', true],
    ['stopped', false, 'lost a packet'],
  ]);
  expect(warnings.filter((w) => w.includes('packet'))).toEqual(['feed: lost a packet (checksum)']);
});

test('a receiver that cannot begin fails the start; one that cannot begin again is tried again', async () => {
  const first = scene();
  first.receiver.failStart = 1;
  await expect(first.ssc.start()).rejects.toThrow('no way to begin');
  expect(first.ssc.getState()).toBe('STOPPED');
  expect(first.receiver.log).toEqual(['onStart 0', 'onStop 0']);

  const { ssc, clock, receiver } = scene({ restartDelay: milliseconds(100) });
  await ssc.start();
  receiver.failStart = 2;
  receiver.restart('lost');
  await clock.advance(300);
  expect(receiver.log.filter((l) => l.startsWith('onStart'))).toEqual([0, 100, 200, 300].map((t) => `onStart ${t}`));
  expect(receiver.isStarted()).toBe(true);
  await ssc.stop();
});

test('R126: nothing can be stored before the start and after the end', async () => {
  const { ssc, receiver } = scene();
  expect(() => receiver.store(1)).toThrow(expect.objectContaining({ code: 'MR_RECEIVER_STATE' }));
  await ssc.start();
  await ssc.stop();
  expect(() => receiver.store(1)).toThrow(expect.objectContaining({ code: 'MR_RECEIVER_STATE' }));
  await expect(receiver.storeMany([1])).rejects.toMatchObject({ code: 'MR_RECEIVER_STATE' });
});

test('R101: a graceful stop processes all that was stored, also while the receiver stops', async () => {
  const { ssc, receiver, records } = scene();
  await ssc.start();
  receiver.store(1);
  receiver.onStop = async () => {
    receiver.store(2);
  };
  await ssc.stop({ graceful: true });
  expect(records().flat()).toEqual([1, 2]);
});

test('at the bound there is no room until a batch has begun; a receiver that does not look is stopped', async () => {
  const { ssc, clock, receiver, batch, records } = scene({ maxBufferedRecords: 10 });
  await ssc.start();
  for (let i = 0; i < 9; i++) receiver.store(i);
  expect(receiver.hasRoom).toBe(true);
  expect(receiver.whenRoom()).toBeUndefined();
  receiver.store(9);
  expect(receiver.hasRoom).toBe(false);
  let room = false;
  void receiver.whenRoom()?.then(() => {
    room = true;
  });
  await clock.advance(900);
  expect(room).toBe(false);
  for (let i = 10; i < 20; i++) receiver.store(i);
  expect(() => receiver.store(20)).toThrow(expect.objectContaining({ code: 'MR_RECEIVER_FULL' }));
  await batch();
  expect(room).toBe(true);
  expect(records().flat()).toEqual([...Array(20).keys()]);
  await ssc.stop();
});

test('what waits for its batch to begin counts, also when the batch is planned', async () => {
  const { ssc, clock, receiver, stream } = scene({ maxBufferedRecords: 10 });
  const gate = Promise.withResolvers<void>();
  stream.foreachRDD(() => gate.promise);
  await ssc.start();
  receiver.storeMany([1, 2, 3]);
  await clock.advance(1000);
  // The first batch is running: what it has taken makes room.
  receiver.storeMany([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect(receiver.hasRoom).toBe(false);
  await clock.advance(3000);
  // Planned for the second batch, which waits behind the first.
  expect(receiver.hasRoom).toBe(false);
  expect(stream.flow()?.waitingRecords).toBe(10);
  gate.resolve();
  await ssc.awaitIdle();
  expect(receiver.hasRoom).toBe(true);
  expect(stream.flow()?.waitingRecords).toBe(0);
  await ssc.stop();
});

test('R130, R160: the rate limit is the least of maxRate and what backpressure says', async () => {
  const { ssc, clock, receiver, stream } = scene({ maxRate: 100 }, { backpressure: { initialRate: 50, minRate: 1 } });
  await ssc.start();
  expect(stream.flow()?.rateLimit).toBe(50);
  stream.onRate(500);
  expect(stream.flow()?.rateLimit).toBe(100);
  stream.onRate(0);
  expect(stream.flow()?.rateLimit).toBe(100);
  receiver.storeMany([...Array(250).keys()]);
  expect(receiver.hasRoom).toBe(false);
  expect(receiver.roomInMs).toBe(2500);
  let at = 0;
  void receiver.whenRoom()?.then(() => {
    at = clock.now();
  });
  await clock.advance(4000);
  expect(at).toBe(2500);
  await ssc.stop();
});

test('R156, R159: backpressure brings a sender down to what the job can hold', async () => {
  const { ssc, clock, receiver, stream } = scene({}, { backpressure: { minRate: 10 } });
  // A job that takes 2 ms of the clock for each record: it can hold 500 records a second.
  stream.foreachRDD(async (rdd) => {
    const n = await rdd.count();
    await new Promise<void>((resolve) => void clock.at(clock.now() + 2 * n, resolve));
  });
  const batches: { records: number; delay: number | null }[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo: b }) => void batches.push({ records: b.numRecords, delay: b.schedulingDelay }),
  });
  await ssc.start();
  // The sender has 2,000 records a second.
  for (let t = 0; t < 60_000; t += 50) {
    for (let i = 0; i < 100 && receiver.hasRoom; i++) receiver.store(i);
    await clock.advance(50);
  }
  const last = batches.slice(-15);
  expect(batches[0].records).toBeGreaterThan(1500);
  const mean = last.reduce((n, b) => n + b.records, 0) / last.length;
  expect(mean).toBeGreaterThan(400);
  expect(mean).toBeLessThan(520);
  expect(Math.max(...last.map((b) => b.delay as number))).toBeLessThan(1000);
  const stopping = ssc.stop();
  await clock.advance(5000);
  await stopping;
});

test('what was refused and dropped is counted, and told with each batch', async () => {
  const { ssc, receiver, batch } = scene();
  const flows: unknown[] = [];
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => void flows.push(batchInfo.streamIdToInputInfo.get(0)?.flow),
  });
  await ssc.start();
  receiver.countRefused(3);
  receiver.countDropped(1);
  receiver.store(1);
  await batch();
  receiver.countRefused(1);
  await batch();
  const none = { rateLimit: null, waitingRecords: 0, waitingBytes: 0 };
  expect(flows).toEqual([
    { ...none, refused: 3, dropped: 1 },
    { ...none, refused: 4, dropped: 1 },
  ]);
  await ssc.stop();
});

test('options are checked where they are written', () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { warn: () => {} });
  const refused = (options: unknown, receiver: unknown = new Hand()) =>
    expect(() => ssc.receiverStream(receiver as Receiver<number>, options as ReceiverStreamOptions)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/MR_(OPTION|DURATION)/) }),
    );
  refused({ maxRate: 0 });
  refused({ maxRate: Number.NaN });
  refused({ maxBufferedRecords: 1.5 });
  refused({ maxBufferedBytes: -1 });
  refused({ blockInterval: milliseconds(0) });
  refused({ restartDelay: milliseconds(-1) });
  refused({ runOn: 'moon' });
  refused({ maxrate: 5 });
  refused({}, {});
  refused({}, null);
  const context = (options: object) =>
    expect(() => new StreamingContext(inlineBackend(), seconds(1), options)).toThrow(
      expect.objectContaining({ code: 'MR_OPTION' }),
    );
  context({ intake: { maxRate: -1 } });
  context({ intake: { maxrate: 1 } });
  context({ backpressure: 1 });
  context({ backpressure: { rateEstimator: 'other' } });
  context({ backpressure: { minRate: 0 } });
  context({ backpressure: { initialRate: -5 } });
  context({ backpressure: { gain: 5 } });
});

test('a thousand batches leave nothing behind', async () => {
  const { ssc, receiver, batch, clock, stream, outputs } = scene();
  await ssc.start();
  for (let i = 0; i < 1000; i++) {
    receiver.store(i);
    await batch();
    outputs.length = 0;
  }
  expect(stream.flow()).toEqual({ rateLimit: null, waitingRecords: 0, waitingBytes: 0, refused: 0, dropped: 0 });
  // The next batch time, and no timer of the receiver.
  expect(clock.pending).toBe(1);
  await ssc.stop();
});

test('records may say how many bytes they take, and fill the buffer by them', async () => {
  const { ssc, receiver, stream, batch } = scene({ maxBufferedBytes: 1000 });
  await ssc.start();
  receiver.storeMany([1], 999);
  expect(receiver.hasRoom).toBe(true);
  receiver.store(2, 1);
  expect(receiver.hasRoom).toBe(false);
  expect(stream.flow()?.waitingBytes).toBe(1000);
  await batch();
  expect(receiver.hasRoom).toBe(true);
  await ssc.stop();
});

test('a window that slides by several batches has the blocks of them all, and they wait no longer', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const receiver = new Hand<number>();
  const outputs = collectOutputs(
    ssc.receiverStream(receiver, { maxBufferedRecords: 4 }).window(seconds(3), seconds(3)),
  );
  await ssc.start();
  for (let n = 1; n <= 9; n++) {
    expect(receiver.room).toBe(4);
    await receiver.storeMany([n]);
    await clock.advance(1000);
    await ssc.awaitIdle();
  }
  await ssc.stop();
  expect(outputs.map(({ records }) => records)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
});

test('a stream hears what its receiver announces', async () => {
  class Announced extends ReceiverInputDStream<number> {
    readonly facts: unknown[] = [];
    override onAnnounced(fact: unknown): void {
      this.facts.push(fact);
    }
  }
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
  const hand = new Hand<number>();
  const stream = new Announced(ssc, () => hand);
  stream.print();
  await ssc.start();
  hand.announce({ port: 1234 });
  expect(stream.facts).toEqual([{ port: 1234 }]);
  await ssc.stop();
});

test('a sender that stays away is one warning, however the delays between attempts vary', async () => {
  const { ssc, clock, receiver, warnings } = scene();
  await ssc.start();
  for (const delay of [10, 25, 40]) {
    receiver.restart('gone', new Error('refused'), milliseconds(delay));
    await clock.advance(100);
  }
  expect(warnings.filter((w) => w.includes('gone'))).toHaveLength(1);
  receiver.restart('lost', new Error('refused'), milliseconds(10));
  expect(warnings.filter((w) => w.includes('refused'))).toHaveLength(2);
  await ssc.stop();
});

test('what a receiver has in hand at the end is taken, whatever the bound', async () => {
  class Late extends Hand<number> {
    override onStop(): void {
      for (let i = 0; i < 100; i++) this.store(i);
    }
  }
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock: new ManualClock() });
  const late = new Late();
  const outputs = collectOutputs(ssc.receiverStream(late, { maxBufferedRecords: 10 }));
  await ssc.start();
  await ssc.stop({ graceful: true });
  expect(outputs.flatMap((o) => o.records)).toEqual([...Array(100).keys()]);
});
