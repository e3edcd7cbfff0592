import hdr from 'hdr-histogram-js';
import { expect, it } from 'vitest';
import { Latencies } from './latencies.ts';

it('keeps all values to three digits, also what is below and above its range', () => {
  const times = new Latencies();
  for (let ms = 1; ms <= 1000; ms++) times.add(ms);
  expect(times.count).toBe(1000);
  for (const q of [0.5, 0.9, 0.99]) expect(Math.abs(times.quantile(q) - q * 1000) / (q * 1000)).toBeLessThan(0.002);
  times.add(-5);
  times.add(1e12);
  expect([times.quantile(0), times.max > 3_599_000, times.count]).toEqual([0, true, 1002]);
});

it('adds others, and is read by other programs', () => {
  const [a, b] = [new Latencies(), new Latencies()];
  a.add(2);
  b.add(20, 3);
  a.addAll(b);
  const read = hdr.decodeFromCompressedBase64(a.encode());
  expect([read.totalCount, Math.round(read.maxValue / 1000)]).toEqual([4, 20]);
});
