import { expect, it } from 'vitest';
import { SlowSwitch } from '../../harness/slowed/slow-worker.ts';
import { sleptFigure, straggler } from './straggler.ts';

it('refuses a straggler that is as fast as the others', () => {
  for (const slowdown of [1, 0.5]) expect(() => straggler({ rate: 1, intervalMs: 1, slowdown })).toThrow(/above 1/);
  expect(() => straggler({ rate: 1, intervalMs: 1, slowdown: 0 })).toThrow(/slowdown/);
  expect(straggler({ rate: 1, intervalMs: 1, slowdown: 1.5 }).id).toBe('straggler');
});

it('says of a straggler that slowed nothing that it did not', () => {
  expect(sleptFigure(20, 40)).toEqual({ metric: 'slept in a batch', unit: 'ms', value: 20, better: 'neither' });
  expect(sleptFigure(4, 40).note).toBeUndefined();
  expect(sleptFigure(3.9, 40).note).toMatch(/slowed next to nothing/);
  expect(sleptFigure(0, 40).note).toMatch(/slowed next to nothing/);
});

it('has slept for nothing before it was on', () => {
  expect(new SlowSwitch().sleptMs).toBe(0);
});
