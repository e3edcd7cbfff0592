import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { expect, it } from 'vitest';
import { CostMeter } from './cost.ts';

it('has collections of garbage that happened while the event loop stood still', async () => {
  const meter = await CostMeter.begin(new StreamingContext(single(), seconds(1)));
  let kept: unknown[] = [];
  // More than young objects have room for.
  for (let i = 0; i < 3e6; i++) {
    if (i % 1000 === 0) kept = [];
    kept.push({ i, list: [i] });
  }
  const cost = await meter.end();
  expect(cost.gcMs).toBeGreaterThan(0);
  expect(cost.eventLoopDelayMs).toBeGreaterThan(1);
  expect(kept).toHaveLength(1000);
});
