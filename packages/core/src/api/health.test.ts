import { afterEach, describe, expect, test } from 'vitest';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend, ManualClock, runBatches, TestSource } from '../testing/index.ts';
import type { ContextOptions } from './context-options.ts';
import { type HealthFacts, healthOf, laggingAfterMs } from './health.ts';
import { StreamingContext } from './streaming-context.ts';
import { milliseconds, seconds } from './time.ts';

const made: StreamingContext[] = [];
const gates: (() => void)[] = [];

function context(options: ContextOptions = {}) {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, ...options });
  made.push(ssc);
  return { ssc, clock };
}

/** A job whose batches end when they are let go. */
function gated(options: ContextOptions = {}) {
  const parts = context(options);
  const open: (() => void)[] = [];
  new TestSource(parts.ssc, [[1]]).foreachRDD(() => new Promise<void>((resolve) => open.push(resolve)));
  /** Ends the batch that runs, and has the next one begin. */
  const next = async () => {
    open.shift()?.();
    await parts.clock.breathe();
  };
  gates.push(() => {
    for (const resolve of open.splice(0)) resolve();
  });
  return { ...parts, next, open };
}

afterEach(async () => {
  for (const ssc of made.splice(0)) {
    const stopped = ssc.stop();
    for (const release of gates.splice(0)) release();
    await stopped;
  }
});

const code = (expected: string) => expect.objectContaining({ code: expected });
const NONE = { waitingBatches: 0, schedulingDelayMs: 0, schedulingDelayIntervals: 0, receivers: [] };

describe('the verdict', () => {
  const facts: HealthFacts = {
    phase: 'running',
    failed: false,
    failure: null,
    failedBatches: 0,
    waitingBatches: 4,
    schedulingDelayMs: 1500,
    batchIntervalMs: 500,
    receivers: [{ stream: 's', records: 3, bytes: 40 }],
    laggingAfterMs: 1500,
  };

  test('a delay up to the limit is no lag, one beyond it is', () => {
    expect(healthOf(facts)).toEqual({
      status: 'ready',
      lag: { waitingBatches: 4, schedulingDelayMs: 1500, schedulingDelayIntervals: 3, receivers: facts.receivers },
      failure: null,
      failedBatches: 0,
    });
    expect(healthOf({ ...facts, schedulingDelayMs: 1501 }).status).toBe('lagging');
  });

  test('before the start and after the stop nothing lags; a failure goes before everything', () => {
    const late = { ...facts, schedulingDelayMs: 9000 };
    expect(healthOf({ ...late, phase: 'starting' }).status).toBe('starting');
    expect(healthOf({ ...late, phase: 'stopped' }).status).toBe('stopped');
    for (const phase of ['starting', 'running', 'stopped'] as const)
      expect(healthOf({ ...late, phase, failed: true }).status).toBe('failed');
  });

  test('what was thrown need not be an error', () => {
    const failure = healthOf({ ...facts, failure: { reason: 'no', batchTime: 7 } }).failure;
    expect(failure).toEqual({ code: null, message: expect.stringContaining('no'), batchTime: 7 });
    const ofNode = Object.assign(new Error('gone'), { code: 'ENOENT' });
    expect(healthOf({ ...facts, failure: { reason: ofNode, batchTime: null } }).failure).toEqual({
      code: null,
      message: 'gone',
      batchTime: null,
    });
  });

  test('the limit: the option, else 3 intervals, and not below a second', () => {
    expect(laggingAfterMs(milliseconds(20), 1000)).toBe(20);
    expect(laggingAfterMs(undefined, 1000)).toBe(3000);
    expect(laggingAfterMs(undefined, 20)).toBe(1000);
  });
});

describe('of a context', () => {
  test('starting, ready, stopped', async () => {
    const { ssc, clock } = context();
    new TestSource(ssc, [[1]]).print(1);
    expect(ssc.health()).toEqual({ status: 'starting', lag: NONE, failure: null, failedBatches: 0 });
    const starting = ssc.start();
    expect(ssc.health().status).toBe('starting');
    await starting;
    expect(ssc.health().status).toBe('ready');
    await runBatches(ssc, clock, 3);
    expect(ssc.health()).toEqual({ status: 'ready', lag: NONE, failure: null, failedBatches: 0 });
    const stopping = ssc.stop({ graceful: true });
    expect(ssc.health().status).toBe('stopped');
    await stopping;
    expect(ssc.health()).toEqual({ status: 'stopped', lag: NONE, failure: null, failedBatches: 0 });
  });

  test('one that was never started is stopped as well', async () => {
    const { ssc } = context();
    await ssc.stop();
    expect(ssc.health().status).toBe('stopped');
  });

  test('lagging: the batch that waits longest counts, then the one that began late, until it has caught up', async () => {
    const { ssc, clock, next } = gated();
    await ssc.start();
    await clock.advance(1000);
    // The batch at 1 s hangs; the one at 2 s is the first that waits.
    await clock.advance(4000);
    expect(ssc.health()).toMatchObject({
      status: 'ready',
      lag: { waitingBatches: 4, schedulingDelayMs: 3000, schedulingDelayIntervals: 3 },
    });
    await clock.advance(1);
    expect(ssc.health()).toMatchObject({ status: 'lagging', lag: { waitingBatches: 4, schedulingDelayMs: 3001 } });
    await next();
    // The batch at 2 s began 3001 ms late and runs: that the next one waits for less makes nothing better.
    expect(ssc.health()).toMatchObject({ status: 'lagging', lag: { waitingBatches: 3, schedulingDelayMs: 3001 } });
    await next();
    expect(ssc.health()).toMatchObject({ status: 'ready', lag: { waitingBatches: 2, schedulingDelayMs: 2001 } });
    for (let i = 0; i < 3; i++) await next();
    await ssc.awaitIdle();
    expect(ssc.health()).toMatchObject({ status: 'ready', lag: NONE });
  });

  test('times that wait as a range count as well, and the limit is an option', async () => {
    const { ssc, clock } = gated({ maxPendingBatches: 1, laggingAfter: seconds(60) });
    await ssc.start();
    await clock.advance(50_000);
    expect(ssc.health()).toMatchObject({ status: 'ready', lag: { waitingBatches: 49, schedulingDelayMs: 48_000 } });
    await clock.advance(13_000);
    expect(ssc.health()).toMatchObject({ status: 'lagging', lag: { waitingBatches: 62, schedulingDelayMs: 61_000 } });
  });

  test('what waits in receivers', async () => {
    const { ssc, clock, next } = gated();
    let store: (n: number) => Promise<void> = async () => {};
    class Given extends Receiver<number> {
      onStart() {
        store = async (n) => void (await this.storeMany(Array.from({ length: n }, () => 1)));
      }
      onStop() {}
    }
    ssc.receiverStream(new Given(), { name: 'given' }).foreachRDD(async (rdd) => void (await rdd.count()));
    await ssc.start();
    expect(ssc.health().lag.receivers).toEqual([{ stream: 'given', records: 0, bytes: 0 }]);
    await clock.advance(1000);
    await store(5);
    // Allocated to a batch, it still waits until that begins.
    await clock.advance(1000);
    await store(2);
    expect(ssc.health().lag.receivers).toMatchObject([{ stream: 'given', records: 7 }]);
    await next();
    expect(ssc.health().lag.receivers).toMatchObject([{ stream: 'given', records: 2 }]);
  });

  test('a batch that ends the job: failed, with its code and its time, also after the stop', async () => {
    const { ssc, clock } = context({ onBatchFailure: 'stop' });
    new TestSource(ssc, [[1], [2]])
      .map((n) => {
        if (n === 2) throw new RangeError('two is refused');
        return n;
      })
      .print(1);
    await ssc.start();
    await clock.advance(1000);
    await ssc.awaitIdle();
    expect(ssc.health().status).toBe('ready');
    await clock.advance(1000);
    await expect(ssc.awaitTermination()).rejects.toThrow();
    const failed = {
      status: 'failed',
      failure: { code: 'MR_TASK_FAILED', message: expect.stringContaining('two is refused'), batchTime: 2000 },
      failedBatches: 1,
    };
    expect(ssc.health()).toMatchObject(failed);
    await ssc.stop();
    expect(ssc.health()).toMatchObject(failed);
    expect(JSON.parse(JSON.stringify(ssc.health()))).toEqual(ssc.health());
  });

  test('a batch that does not: the job goes on and is ready, the last failure is told', async () => {
    const { ssc, clock } = context({ onBatchFailure: 'continue' });
    new TestSource(ssc, [[1], [2], [3]]).foreachRDD((_rdd, time) => {
      if (time.milliseconds < 3000) throw new Error(`not at ${time.milliseconds}`);
    });
    await ssc.start();
    await runBatches(ssc, clock, 3);
    expect(ssc.health()).toMatchObject({
      status: 'ready',
      failure: { message: expect.stringContaining('not at 2000'), batchTime: 2000 },
      failedBatches: 2,
    });
    await ssc.stop();
    expect(ssc.health()).toMatchObject({ status: 'stopped', failedBatches: 2 });
  });

  test('a start that fails', async () => {
    const { ssc } = context();
    await expect(ssc.start()).rejects.toThrow(code('MR_NO_OUTPUT'));
    expect(ssc.health()).toMatchObject({ status: 'failed', failure: { code: 'MR_NO_OUTPUT', batchTime: null } });
  });

  test('a limit that is no duration is refused', () => {
    expect(() => context({ laggingAfter: -1 as never })).toThrow(code('MR_DURATION'));
  });
});
