import { milliseconds, Receiver, StreamingContext, seconds } from '../../../packages/core/src/index.ts';
import { RateLimiter } from '../../../packages/core/src/receiver/rate-limiter.ts';
import { PIDRateEstimator } from '../../../packages/core/src/schedule/pid-rate-estimator.ts';
import { inlineBackend, ManualClock } from '../../../packages/core/src/testing/index.ts';
import type { Vector } from '../format.ts';
import type { CallTable } from './table.ts';

/** Writes down when it is started and stopped. */
class Recorder extends Receiver<number> {
  readonly calls: { readonly call: string; readonly at: number }[] = [];

  onStart(): void {
    this.calls.push({ call: 'onStart', at: this.clock.now() });
  }

  onStop(): void {
    this.calls.push({ call: 'onStop', at: this.clock.now() });
  }
}

/** What a restart calls, and the time in between. */
async function restartCalls(delayMs: number | null): Promise<unknown> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const receiver = new Recorder();
  ssc.receiverStream(receiver).foreachRDD(() => {});
  await ssc.start();
  receiver.calls.length = 0;
  if (delayMs === null) receiver.restart('test');
  else receiver.restart('test', null, milliseconds(delayMs));
  await clock.advance(10_000);
  const calls = [...receiver.calls];
  await ssc.stop();
  return { calls: calls.map(({ call }) => call), minGapMs: calls[1].at - calls[0].at };
}

function estimator({ params }: Vector) {
  const { batchIntervalMs, ...rest } = params as { batchIntervalMs: number };
  const pid = new PIDRateEstimator(batchIntervalMs, rest);
  return (...[time, records, processing, scheduling]: unknown[]) =>
    pid.compute(time as number, records as number, processing as number, scheduling as number);
}

/** Rates, their limits, and restarts. */
export const receiverCalls: CallTable = {
  'PIDRateEstimator.construct':
    () =>
    (...[batchIntervalMs, proportional, integral, derivative, minRate]) => {
      new PIDRateEstimator(batchIntervalMs as number, { proportional, integral, derivative, minRate } as object);
      return 'ok';
    },
  'PIDRateEstimator.compute': estimator,
  'RateLimiter.updateRate': () => (maxRate, rate) => {
    const limiter = new RateLimiter({ maxRate: maxRate as number | null, initialRate: null }, 0);
    limiter.updateRate(rate as number, 0);
    return limiter.currentLimit;
  },
  'RateLimiter.sequence': () => (maxRate, initialRate, updates) => {
    const limits = { maxRate: maxRate as number | null, initialRate: initialRate as number | null };
    const limiter = new RateLimiter(limits, 0);
    for (const rate of updates as number[]) limiter.updateRate(rate, 0);
    return limiter.currentLimit;
  },
  'receiver.restartCalls': () => (delayMs) => restartCalls(delayMs as number | null),
};
