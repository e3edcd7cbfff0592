import { afterEach, describe, expect, test } from 'vitest';
import { Receiver } from '../receiver/receiver.ts';
import { inlineBackend, ManualClock } from '../testing/index.ts';
import { InputDStream } from './input-dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { milliseconds, seconds } from './time.ts';

/* A graceful stop with a limit: what is processed in time, and what is said of the rest. */

const made: StreamingContext[] = [];

afterEach(async () => {
  for (const ssc of made.splice(0)) await ssc.stop();
});

class Given extends Receiver<number> {
  onStart() {}
  onStop() {}
}

/** A job of a receiver whose batches end when they are let go. */
async function gated() {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w) });
  made.push(ssc);
  const receiver = new Given();
  const running: (() => void)[] = [];
  const seen: number[] = [];
  ssc.receiverStream(receiver, { name: 'given' }).foreachRDD(async (rdd) => {
    seen.push(...(await rdd.collect()));
    await new Promise<void>((resolve) => running.push(resolve));
  });
  await ssc.start();
  const letGo = async () => {
    running.shift()?.();
    await clock.breathe();
  };
  return { ssc, clock, warnings, receiver, seen, letGo, running };
}

test('what does not begin within the limit is not processed, and is told', async () => {
  const { ssc, clock, warnings, receiver, seen, letGo } = await gated();
  await receiver.storeMany([1]);
  await clock.advance(1000);
  await clock.breathe();
  await receiver.storeMany([2, 3]);
  await clock.advance(1000);
  await receiver.storeMany([4, 5, 6]);
  let over = false;
  const stopped = ssc.stop({ graceful: true, timeout: seconds(5) }).then(() => {
    over = true;
  });
  await clock.breathe();
  await clock.advance(4999);
  expect(warnings).toEqual([]);
  await clock.advance(1);
  await clock.breathe();
  expect(warnings).toEqual([
    'The graceful stop was not over after 5000 ms and goes on as one that is not graceful. ' +
      'Not processed: 1 batches that had not begun; 5 records of given. The batch at 1000 ms runs and is waited for.',
  ]);
  // The batch that runs has its end, as with any stop.
  expect(over).toBe(false);
  await letGo();
  await stopped;
  expect(seen).toEqual([1]);
  expect(clock.pending).toBe(0);
});

test('a stop that is over in time processes everything, says nothing and leaves no alarm behind', async () => {
  const { ssc, clock, warnings, receiver, seen, letGo, running } = await gated();
  await receiver.storeMany([1]);
  await clock.advance(1000);
  await clock.breathe();
  await receiver.storeMany([2, 3]);
  const stopped = ssc.stop({ graceful: true, timeout: seconds(5) });
  await clock.breathe();
  await clock.advance(4999);
  await letGo();
  while (running.length > 0) await letGo();
  await stopped;
  expect(seen).toEqual([1, 2, 3]);
  expect([warnings, clock.pending]).toEqual([[], 0]);
});

test('without a limit it takes as long as it needs', async () => {
  const { ssc, clock, warnings, receiver, seen, letGo, running } = await gated();
  await receiver.storeMany([1]);
  await clock.advance(1000);
  await clock.breathe();
  await receiver.storeMany([2]);
  const stopped = ssc.stop({ graceful: true });
  await clock.breathe();
  await clock.advance(3_600_000);
  while (running.length > 0) await letGo();
  await stopped;
  expect([seen, warnings]).toEqual([[1, 2], []]);
});

test('an input that never runs dry is named', async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w) });
  made.push(ssc);
  class Endless extends InputDStream<number> {
    override hasPending() {
      return true;
    }
    override compute() {
      return [1];
    }
  }
  // Batches are made without a tick: time passes in them.
  new Endless(ssc, { name: 'endless' }).foreachRDD(() => clock.advance(100));
  await ssc.start();
  await ssc.stop({ graceful: true, timeout: milliseconds(1000) });
  expect(warnings).toEqual([
    expect.stringMatching(/^The graceful stop .* Not processed: what endless still had\. The /),
  ]);
});

describe('a limit is refused', () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });

  test.each([[{ timeout: seconds(1) }], [{ graceful: false, timeout: seconds(1) }]])(
    'for a stop that is not graceful: %o',
    async (options) => {
      const { ssc } = await gated();
      await expect(ssc.stop(options)).rejects.toThrow(code('MR_OPTION'));
      expect(ssc.getState()).toBe('ACTIVE');
    },
  );

  test('that is no duration', async () => {
    const { ssc } = await gated();
    await expect(ssc.stop({ graceful: true, timeout: -5 as never })).rejects.toThrow(code('MR_DURATION'));
    expect(ssc.getState()).toBe('ACTIVE');
  });
});
