import { afterEach, describe, expect, test } from 'vitest';
import { inlineBackend, ManualClock, runBatches, TestSource } from '../testing/index.ts';
import type { ContextOptions } from './context-options.ts';
import { InputDStream } from './input-dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds, type Time } from './time.ts';

const made: StreamingContext[] = [];

/** A context with a source and a clock that stands still; what it warns of is in `warnings`. */
function context(options: ContextOptions = {}, batches: readonly (readonly number[] | null)[] = []) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w), ...options });
  made.push(ssc);
  return { ssc, clock, warnings, source: new TestSource(ssc, batches) };
}

/** One that does nothing with its batches. */
function withOutput(options?: ContextOptions, batches?: readonly (readonly number[] | null)[]) {
  const parts = context(options, batches);
  parts.source.foreachRDD(async (rdd) => void (await rdd.count()));
  return parts;
}

afterEach(async () => {
  for (const ssc of made.splice(0)) await ssc.stop();
});

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('states', () => {
  test('R90: INITIALIZED, ACTIVE, STOPPED', async () => {
    const { ssc } = withOutput();
    expect(ssc.getState()).toBe('INITIALIZED');
    await ssc.start();
    expect(ssc.getState()).toBe('ACTIVE');
    await ssc.stop();
    expect(ssc.getState()).toBe('STOPPED');
    await ssc.stop();
    expect(ssc.getState()).toBe('STOPPED');
  });

  test('R90: stop before start is final', async () => {
    const { ssc } = withOutput();
    await ssc.stop();
    expect(ssc.getState()).toBe('STOPPED');
    await expect(ssc.start()).rejects.toThrow(code('MR_CONTEXT_STOPPED'));
  });

  test('R91: a second start warns and does nothing', async () => {
    const { ssc, clock, warnings } = withOutput();
    await ssc.start();
    const alarms = clock.pending;
    await ssc.start();
    expect(warnings.join()).toContain('already been started');
    expect(clock.pending).toBe(alarms);
    expect(ssc.getState()).toBe('ACTIVE');
  });

  test.each(['MR_CONTEXT_ACTIVE', 'MR_CONTEXT_STOPPED'])(
    'R92: inputs, operators, outputs and settings are refused with %s',
    async (expected) => {
      const { ssc, source } = withOutput();
      await ssc.start();
      if (expected === 'MR_CONTEXT_STOPPED') await ssc.stop();
      const late = [
        () => ssc.queueStream([]),
        () => new TestSource(ssc, []),
        () => source.map((x) => x),
        () => source.window(seconds(2)),
        () => source.foreachRDD(() => {}),
        () => source.print(),
        () => ssc.union([source, source]),
        () => source.persist(),
        () => ssc.remember(seconds(5)),
      ];
      for (const act of late) expect(act).toThrow(code(expected));
      expect(late[2]).toThrow(
        expected === 'MR_CONTEXT_ACTIVE' ? 'after the context was started' : 'after the context was stopped',
      );
    },
  );

  test('R93: without an output start fails and the context is stopped', async () => {
    const { ssc, clock } = context();
    await expect(ssc.start()).rejects.toThrow(code('MR_NO_OUTPUT'));
    expect(ssc.getState()).toBe('STOPPED');
    expect(clock.pending).toBe(0);
    await ssc.awaitTermination();
  });

  test('R93: when a source fails to start, sources are stopped and nothing ticks', async () => {
    const { ssc, clock } = withOutput();
    const stopped: string[] = [];
    class Broken extends InputDStream<number> {
      override start() {
        throw new Error('no connection');
      }
      override stop() {
        stopped.push(this.name);
      }
      override compute() {
        return [];
      }
    }
    new Broken(ssc, { name: 'broken' });
    await expect(ssc.start()).rejects.toThrow('no connection');
    expect([ssc.getState(), stopped, clock.pending]).toEqual(['STOPPED', ['broken'], 0]);
    await ssc.awaitTermination();
  });

  test('stop while the context is starting leaves nothing behind', async () => {
    const { ssc, clock } = withOutput();
    const starting = ssc.start().catch(() => {});
    await ssc.stop();
    await starting;
    expect([ssc.getState(), clock.pending, StreamingContext.getActive()]).toEqual(['STOPPED', 0, null]);
  });
});

describe('several contexts', () => {
  test('R94, R95: several may run; getActive names the one that was started last', async () => {
    const a = withOutput();
    const b = withOutput();
    expect(StreamingContext.getActive()).toBeNull();
    await a.ssc.start();
    expect(StreamingContext.getActive()).toBe(a.ssc);
    await b.ssc.start();
    expect(StreamingContext.getActive()).toBe(b.ssc);
    expect(StreamingContext.getActiveOrCreate(() => a.ssc)).toBe(b.ssc);
    await b.ssc.stop();
    await a.ssc.stop();
    expect(StreamingContext.getActive()).toBeNull();
    expect(StreamingContext.getActiveOrCreate(() => a.ssc)).toBe(a.ssc);
  });

  test.each<[ContextOptions, { stopBackend?: boolean } | undefined, boolean]>([
    [{}, undefined, false],
    [{}, { stopBackend: true }, false],
    [{}, { stopBackend: false }, true],
    [{ stopBackendByDefault: false }, undefined, true],
    [{ stopBackendByDefault: false }, { stopBackend: true }, false],
  ])('R96: with %j, stop(%j) leaves the backend running: %j', async (options, how, running) => {
    const { ssc } = withOutput(options);
    await ssc.start();
    await ssc.stop(how);
    expect(ssc.backend.running).toBe(running);
    await ssc.stop({ stopBackend: true });
    expect(ssc.backend.running).toBe(false);
  });

  test('R97: a backend takes a new context after the old one was stopped', async () => {
    const { ssc } = withOutput();
    await ssc.start();
    await ssc.stop({ stopBackend: false });
    const clock = new ManualClock();
    const next = new StreamingContext(ssc.backend, seconds(1), { clock });
    made.push(next);
    const seen: number[] = [];
    new TestSource(next, [[1, 2]]).foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())));
    await next.start();
    await runBatches(next, clock, 1);
    expect(seen).toEqual([1, 2]);
  });
});

describe('the end', () => {
  test('R98: awaitTermination waits for stop; with a limit it says whether there was one', async () => {
    const { ssc, clock } = withOutput();
    await ssc.start();
    const early = ssc.awaitTerminationOrTimeout(500);
    await clock.advance(500);
    expect(await early).toBe(false);
    const whole = ssc.awaitTermination();
    const late = ssc.awaitTerminationOrTimeout(500);
    await ssc.stop();
    expect(await late).toBe(true);
    await whole;
    expect(await ssc.awaitTerminationOrTimeout(0)).toBe(true);
    await ssc.awaitTermination();
    expect(clock.pending).toBe(0);
  });

  test.each(['task', 'output', 'planning'])(
    'R99: the first error of a %s is rethrown, later batches go on',
    async (where) => {
      const { ssc, clock, source } = context({}, [[1], [2], [3], [4]]);
      const fail = (place: string, n: number) => {
        if (place === where && (n === 2 || n === 3)) throw new Error(`${place} ${n}`);
      };
      const seen: number[] = [];
      source
        .map((n) => {
          fail('task', n);
          return n;
        })
        .transform((rdd, time) => {
          fail('planning', time.milliseconds / 1000);
          return rdd;
        })
        .foreachRDD(async (rdd) => {
          const [n] = await rdd.collect();
          fail('output', n);
          seen.push(n);
        });
      await ssc.start();
      const ended = expect(ssc.awaitTermination()).rejects.toThrow(`${where} 2`);
      await runBatches(ssc, clock, 4);
      expect(seen).toEqual([1, 4]);
      expect(ssc.getState()).toBe('ACTIVE');
      await ssc.stop();
      await ended;
      await expect(ssc.awaitTerminationOrTimeout(0)).rejects.toThrow(`${where} 2`);
    },
  );

  test('a job with state stops at the first error, and the context with it', async () => {
    const { ssc, clock, source } = context({}, [[1], [2], [3]]);
    const seen: number[] = [];
    source
      .map((n): [string, number] => ['n', n])
      .updateStateByKey<string, number, number>((values, sum) => (sum ?? 0) + values[0])
      .foreachRDD(async (rdd) => {
        const [[, sum]] = await rdd.collect();
        if (sum === 3) throw new Error('three');
        seen.push(sum);
      });
    await ssc.start();
    await runBatches(ssc, clock, 3);
    await expect(ssc.awaitTermination()).rejects.toThrow('three');
    expect([ssc.getState(), seen, clock.pending]).toEqual(['STOPPED', [1], 0]);
  });

  test('a graceful stop of a job that has failed ends, whatever its sources still have', async () => {
    const { ssc, clock } = context({ onBatchFailure: 'stop' });
    class Endless extends InputDStream<number> {
      override hasPending() {
        return true;
      }
      override compute() {
        return [1];
      }
    }
    new Endless(ssc).foreachRDD((_rdd, time) => {
      if (time.milliseconds === 3000) throw new Error('third batch');
    });
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop({ graceful: true });
    await expect(ssc.awaitTermination()).rejects.toThrow('third batch');
  });

  test('R100, R102: a graceful stop makes batches until sources have nothing left, and none after', async () => {
    const { ssc, clock } = context();
    const received = [1, 2, 3, 4, 5];
    const events: string[] = [];
    class Receiver extends InputDStream<number> {
      override stop() {
        events.push('stopped');
      }
      override hasPending() {
        return received.length > 0;
      }
      override compute(time: Time) {
        events.push(`batch ${time.milliseconds}`);
        return received.splice(0, 2);
      }
    }
    const seen: number[] = [];
    new Receiver(ssc).foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())));
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop({ graceful: true });
    await clock.advance(5000);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(events).toEqual(['batch 1000', 'stopped', 'batch 2000', 'batch 3000']);
  });

  test('R103: a stop without grace ends the running batch with all its outputs and drops what waits', async () => {
    const { ssc, clock, source } = context({ onBatchFailure: 'stop' }, [[1], [2], [3]]);
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    source.foreachRDD(async (_rdd, time) => {
      seen.push(`first ${time.milliseconds}`);
      await gate.promise;
    });
    source.foreachRDD((_rdd, time) => void seen.push(`second ${time.milliseconds}`));
    await ssc.start();
    await clock.advance(3000);
    const stopped = ssc.stop();
    gate.resolve();
    await stopped;
    expect(seen).toEqual(['first 1000', 'second 1000']);
  });

  test('R104: stop inside a listener is refused, the batch goes on', async () => {
    const { ssc, clock, warnings } = withOutput({}, [[1], [2]]);
    const refused: unknown[] = [];
    let completed = 0;
    ssc.addStreamingListener({
      onBatchStarted: () => void ssc.stop().catch((e) => refused.push(e.code)),
      onBatchCompleted: () => {
        completed += 1;
        throw new Error('listener fault');
      },
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    expect([refused, completed, ssc.getState()]).toEqual([['MR_STOP_IN_LISTENER', 'MR_STOP_IN_LISTENER'], 2, 'ACTIVE']);
    expect(warnings.filter((w) => w.includes('listener fault'))).toHaveLength(2);
  });
});

describe('events', () => {
  test('R110, R112, R113, R116: order, ids, reasons, and none after stop', async () => {
    const { ssc, clock, source } = context({}, [[1, 2], [3]]);
    source.foreachRDD((_rdd, time) => {
      if (time.milliseconds === 2000) throw new Error('second batch');
    });
    source.map((n) => n * 2).foreachRDD(async (rdd) => void (await rdd.collect()));
    const events: unknown[] = [];
    ssc.addStreamingListener({
      onStreamingStarted: ({ time }) => void events.push(['streaming', time]),
      onBatchSubmitted: ({ batchInfo: b }) =>
        void events.push(['submitted', b.batchTime, b.numRecords, b.submissionTime]),
      onBatchStarted: ({ batchInfo: b }) =>
        void events.push(['started', b.batchTime, b.numRecords, b.processingStartTime]),
      onOutputOperationStarted: ({ outputOperationInfo: o }) => void events.push(['output', o.id]),
      onOutputOperationCompleted: ({ outputOperationInfo: o }) =>
        void events.push(['output done', o.id, o.failureReason]),
      onBatchCompleted: ({ batchInfo: b }) =>
        void events.push([
          'completed',
          b.batchTime,
          b.numRecords,
          b.totalDelay,
          [...b.outputOperationInfos.values()].map((o) => o.failureReason),
        ]),
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    await ssc.stop();
    await clock.advance(3000);
    const batch = (time: number, records: number, reason: string | null) => [
      ['submitted', time, records, time],
      ['started', time, records, time],
      ['output', 0],
      ['output done', 0, reason],
      ['output', 1],
      ['output done', 1, null],
      ['completed', time, records, 0, [reason, null]],
    ];
    expect(events).toEqual([['streaming', 0], ...batch(1000, 2, null), ...batch(2000, 1, 'second batch')]);
  });

  test('R111: record counts of each input by its id', async () => {
    const { ssc, clock, source } = withOutput({}, [[1, 2], []]);
    const other = new TestSource(ssc, [[7], null]);
    other.foreachRDD(() => {});
    const infos: unknown[] = [];
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) =>
        void infos.push([...batchInfo.streamIdToInputInfo].map(([id, i]) => [id, i.numRecords])),
    });
    await ssc.start();
    await runBatches(ssc, clock, 2);
    expect([source.id, other.id]).toEqual([0, 1]);
    expect(infos).toEqual([
      [
        [0, 2],
        [1, 1],
      ],
      [[0, 0]],
    ]);
  });

  test('R117: delays of a batch that waits behind a slow one', async () => {
    const { ssc, clock, source } = context({}, [[1], [2]]);
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let next = 0;
    source.foreachRDD(() => gates[next++].promise);
    const delays: unknown[] = [];
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo: b }) => void delays.push([b.schedulingDelay, b.processingDelay, b.totalDelay]),
    });
    await ssc.start();
    await clock.advance(2500);
    gates[0].resolve();
    await clock.breathe();
    await clock.advance(300);
    gates[1].resolve();
    await ssc.awaitIdle();
    expect(delays).toEqual([
      [0, 1500, 1500],
      [500, 300, 800],
    ]);
  });

  test('R118: after a jump of the clock each due batch runs, in order', async () => {
    const { ssc, clock, source } = context({ maxPendingBatches: 2 }, [[1], [2], [3], [4], [5]]);
    const seen: number[] = [];
    source.foreachRDD(async (rdd) => void seen.push(...(await rdd.collect())));
    await ssc.start();
    await clock.advance(5000);
    await ssc.awaitIdle();
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('a listener that was removed hears nothing', async () => {
    const { ssc, clock } = withOutput({}, [[1]]);
    let heard = 0;
    const listener = { onBatchCompleted: () => void (heard += 1) };
    ssc.addStreamingListener(listener);
    await ssc.start();
    await runBatches(ssc, clock, 1);
    ssc.removeStreamingListener(listener);
    await runBatches(ssc, clock, 1);
    expect(heard).toBe(1);
  });
});

test('a stop that is not graceful cuts a graceful one short', async () => {
  class Endless extends InputDStream<number> {
    compute() {
      return [1];
    }
    override hasPending() {
      return true;
    }
  }
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const told: boolean[] = [];
  ssc.addLifeHooks({ stopping: ({ graceful }) => void told.push(graceful) });
  let ran = () => {};
  new Endless(ssc).foreachRDD(() => ran());
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const graceful = ssc.stop({ graceful: true });
  // It is under way: further batches run.
  for (let batches = 0; batches < 3; ) {
    await new Promise<void>((resolve) => {
      ran = resolve;
    });
    batches += 1;
  }
  await ssc.stop();
  await graceful;
  expect(ssc.getState()).toBe('STOPPED');
  expect(told).toEqual([true, false]);
});
