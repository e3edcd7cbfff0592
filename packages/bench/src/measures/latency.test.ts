import { expect, it } from 'vitest';
import { quantilesOf } from './latency.ts';

it('tells p99.9 of no fewer than a thousand batches: of fewer it is the longest', () => {
  expect(quantilesOf(999).map(([name]) => name)).toEqual(['p50', 'p90', 'p99']);
  expect(
    quantilesOf(1000)
      .map(([name, q]) => [name, q])
      .at(-1),
  ).toEqual(['p99.9', 0.999]);
});
